"""The site's pages of the public headers: one for each, and one that lists them by module."""

import html
import pathlib
import posixpath
import re

from api import Declaration, Header, read_header
from markdown import Section, code_block, highlight


def all_headers(root: pathlib.Path) -> list[str]:
    return [p.relative_to(root).as_posix() for p in sorted(root.glob("include/evenkeel/**/*.hpp"))]


def modules(root: pathlib.Path, headers: list[str]) -> dict[str, str]:
    """Name → what is in it, in the order of docs/architecture.md; one that is not there yet comes last."""
    text = (root / "docs/architecture.md").read_text(encoding="utf-8")
    block = text.partition("include/evenkeel/MODULE/")[2].partition("\n```")[0]
    told = {name: " ".join(words.split()) for name, words in re.findall(r"^  (\w+)/ +(.*(?:\n {6,}.*)*)", block, re.M)}
    there = {path.split("/")[2] for path in headers if path.count("/") > 2}
    return {name: words for name, words in told.items() if name in there} | {
        name: "" for name in sorted(there - told.keys())}


def prose(text: str, links: dict[str, str] | None = None) -> str:
    """A comment's text: paragraphs, lists, and lines that are indented, which stay as they are."""
    out: list[str] = []
    for block in re.findall(r"(?:(?:^(?:  .*|)\n)*^  .*\n?)|(?:^(?! {2}).+\n?)+", text + "\n", re.MULTILINE):
        if re.match(r"\n*  ", block):
            lines = block.strip("\n").split("\n")
            depth = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
            out.append(code_block("\n".join(line[depth:] for line in lines), "cpp" if ";" in block else ""))
        else:
            words = html.escape(" ".join(block.split()), quote=False)
            words = re.sub(r"`([^`]+)`", r"<code>\1</code>", words)
            for name in sorted(set(re.findall(r"[\w/]+\.hpp", words)) & (links or {}).keys()):
                words = re.sub(rf"(?<![\w/]){re.escape(name)}", f'<a href="{links[name]}">{name}</a>', words)
            out.append(f"<p>{words}</p>\n")
    return "".join(out)


def lines(highlighted: str) -> str:
    """A listing whose lines are anchors: #L12."""
    numbered = (f'<span id="L{n}">{line}</span>' for n, line in enumerate(highlighted.rstrip("\n").split("\n"), 1))
    return '<pre class="listing"><code>' + "\n".join(numbered) + "</code></pre>\n"


def _links(path: str, headers: list[str]) -> dict[str, str]:
    """How comments name headers → hrefs: tile.hpp of the same module, norm/tile.hpp of any."""
    folder = posixpath.dirname(path)
    out = {}
    for other in headers:
        href = posixpath.relpath(other, folder) + ".html"
        out[other.removeprefix("include/evenkeel/")] = href
        if posixpath.dirname(other) == folder and other != path:
            out[posixpath.basename(other)] = href
    return out


def _signature(group: list[Declaration]) -> str:
    """The declarations that stand together, their notes at the right."""
    out = []
    for declaration in group:
        code = declaration.code
        if declaration.note:
            last = code.rpartition("\n")[2]
            code += "  // " + declaration.note.replace("\n", "\n" + " " * (len(last) + 2) + "// ")
        out.append(code)
    return highlight("\n".join(out), "cpp")


def _declarations(declarations: list[Declaration], links: dict[str, str], taken: set[str] | None) -> str:
    """`taken`: ids so far, for the outermost ones, which get one."""
    out, i = [], 0
    while i < len(declarations):
        end = i + 1
        while (end < len(declarations) and declarations[end].joined and not declarations[end].doc
               and not declarations[end].members and not declarations[end - 1].members):
            end += 1
        group, i = declarations[i:end], end
        anchors = ""
        for name in dict.fromkeys(d.name for d in group) if taken is not None else ():
            if name and name not in taken:
                taken.add(name)
                anchors += f'<span id="{html.escape(name)}"></span>'
        members = _declarations(group[0].members, links, None)
        out.append(f'<div class="declared">{anchors}<pre><code>{_signature(group)}</code></pre>\n'
                   f'<div class="told">{prose(group[0].doc, links)}{members}</div></div>\n')
    return "".join(out)


def _words(declaration: Declaration) -> str:
    inner = " ".join(f"{member.name} {_words(member)}" for member in declaration.members)
    return f"{declaration.doc} {declaration.note} {inner}"


def page(path: str, header: Header, headers: list[str]) -> tuple[str, list[Section]]:
    name, links, taken = path.removeprefix("include/"), _links(path, headers), {"the-header", "top"}
    body = f'<h1 id="top">{name.replace("/", "/<wbr>")}</h1>\n{code_block(f"#include <{name}>", "cpp")}{prose(header.opening, links)}'
    body += _declarations(header.declarations, links, taken)
    sections = [Section(1, "top", name, header.opening)]
    for declaration in header.declarations:
        if declaration.name in taken:
            sections.append(Section(3, declaration.name, declaration.name, _words(declaration)))
    return body, sections


def index(root: pathlib.Path, headers: list[str]) -> tuple[str, list[Section]]:
    """All of them by module, each with its first sentence."""
    out, sections = ['<h1 id="headers">Headers</h1>\n'], [Section(1, "headers", "Headers")]
    out.append('<p>All of them: <a href="evenkeel/evenkeel.hpp.html">evenkeel/evenkeel.hpp</a>.</p>\n')
    for name, words in modules(root, headers).items():
        out.append(f'<h2 id="{name}">{name}</h2>\n<p>{html.escape(words)}</p>\n<ul class="headers">\n')
        sections.append(Section(2, name, name, words))
        for path in (path for path in headers if path.startswith(f"include/evenkeel/{name}/")):
            header = read_header((root / path).read_text(encoding="utf-8"))
            names = [d.name for d in header.declarations if d.name]
            first = re.split(r"(?<=[a-z0-9)'][.])\s|\n\n|\n  ", header.opening or ", ".join(dict.fromkeys(names)))[0]
            href = posixpath.relpath(path, "include") + ".html"
            out.append(f'<li><a href="{href}">{posixpath.basename(path)}</a> {html.escape(" ".join(first.split()))}</li>\n')
        out.append("</ul>\n")
    return "".join(out), sections
