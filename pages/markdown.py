"""Markdown → a fragment of HTML, as a viewer of the repository shows it: tables, <details>, headings with anchors,
$…$ and $$…$$ as MathML. lessons/run site and the report of a run are made with it.

    page = render(text)
    page.html        the fragment
    page.title       the first heading, as plain text
    page.sections    one for each heading: level, id, title, text (for contents and search)

What leads out of the page is asked of the caller:

    render(text, link=…)       link(target) → the href; target as the page writes it, percent-encoded
    render(text, picture=…)    picture(target, alt) → HTML; without it an <img>
    render(text, comment=…)    comment(text) → HTML in the place of <!-- text -->; without it nothing
    render(text, prefix="a-")  before every id, for several pages in one document; links to #anchors get it too

Throws FormulaError, with the formula and what is wrong with it. Needs markdown-it-py, mdit-py-plugins and the
program blahtexml: ensure_pages in scripts/setup.sh.
"""

import functools
import hashlib
import html
import json
import os
import pathlib
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin


class FormulaError(Exception):
    """A formula that blahtexml refuses."""


@dataclass
class Section:
    level: int  # of its heading, 1 to 6
    id: str
    title: str
    text: str = ""


@dataclass
class Rendered:
    html: str
    sections: list[Section]

    @property
    def title(self) -> str:
        return self.sections[0].title if self.sections else ""


_made: dict[str, str] = {}  # formulas as MathML; each takes a process, some 5 ms


def remember(file: pathlib.Path) -> None:
    """Takes the formulas that an earlier program has kept there, if they were made as they are now."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        _made.update(kept["made"] if kept["by"] == _source() else {})
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none, or no longer any: they are made again


def keep(file: pathlib.Path) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    part.write_text(json.dumps({"by": _source(), "made": _made}), encoding="utf-8")
    part.replace(file)


def _source() -> str:
    return hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def mathml(formula: str, display: bool = False) -> str:
    """TeX → <math>. Display: a formula on a line of its own."""
    key = f"$${formula}" if display else formula
    if key not in _made:
        _made[key] = _blahtex(formula, display)
    return _made[key]


def _blahtex(formula: str, display: bool) -> str:
    command = ["blahtexml", "--mathml"] + (["--displaymath"] if display else [])
    out = subprocess.run(command, input=formula.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()
    markup = re.search(r"<markup>(.*)</markup>", out, re.DOTALL)
    if not markup:
        message = re.search(r"<message>(.*?)</message>", out, re.DOTALL)
        raise FormulaError(f"${formula}$: {html.unescape(message[1]) if message else out}")
    decimals = r'(<mn>\d+)</mn><mo lspace="0" rspace="0">\.</mo><mn>'  # one number, not three things
    kind = ' display="block"' if display else ""
    inner = re.sub(r"(<mo[^>]*>)-</mo>", r"\1−</mo>", re.sub(decimals, r"\1.", markup[1].strip()))
    inner = inner.replace("&#x302;", "ˆ")  # a combining one is stretched too wide, and sometimes not seen
    return f"<math{kind}><mrow>{inner}</mrow></math>"


_STRINGS = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_KEYWORDS = {
    "cpp": "auto bool break case char class const constexpr continue default delete do double else enum explicit "
    "false final float for friend if inline int long mutable namespace new noexcept nullptr operator override "
    "private protected public return short sizeof static struct switch template this throw true try typedef "
    "typename unsigned using virtual void while catch concept requires co_yield #include #pragma #if #endif #define",
    "python": "and as assert break class continue def del elif else except False finally for from global if import "
    "in is lambda None nonlocal not or pass raise return True try while with yield",
    "sh": "",
}


@functools.cache
def _parts(language: str) -> re.Pattern:
    comment = r"//[^\n]*|/\*.*?\*/" if language == "cpp" else r"(?<!\S)#[^\n]*"
    words = "|".join(re.escape(word) for word in _KEYWORDS[language].split()) or "(?!)"
    strings = r"(?<!\w)'''.*?'''|\"\"\".*?\"\"\"|" + _STRINGS if language == "python" else r"(?<!\w)(?:" + _STRINGS + ")"
    return re.compile(rf"(?P<c>{comment})|(?P<s>{strings})|(?P<k>(?<![\w#])(?:{words})(?!\w))", re.DOTALL)


def highlight(code: str, language: str) -> str:
    """Escaped code, with comments, strings and keywords in <span class=c, s, k>. A span never crosses a line."""
    if language not in _KEYWORDS:
        return html.escape(code, quote=False)
    out, end = [], 0
    for match in _parts(language).finditer(code):
        out.append(html.escape(code[end : match.start()], quote=False))
        for i, line in enumerate(match[0].split("\n")):
            out.append("\n" if i else "")
            out.append(f'<span class="{match.lastgroup}">{html.escape(line, quote=False)}</span>')
        end = match.end()
    out.append(html.escape(code[end:], quote=False))
    return "".join(out)


def code_block(code: str, language: str = "") -> str:
    return f"<pre><code>{highlight(code, language)}</code></pre>\n"


def slug(title: str) -> str:
    """The anchor that a repository viewer gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def _plain(token: Token) -> str:
    """The words of an inline token."""
    children = [child for child in token.children or [] if child.type != "html_inline"]
    return "".join(" " if child.type in ("softbreak", "hardbreak") else child.content for child in children)


def _sections_of(tokens: list[Token], prefix: str) -> list[Section]:
    """Gives every heading its id, and collects what stands below it."""
    sections: list[Section] = []
    taken: dict[str, int] = {}
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            title = _plain(tokens[i + 1])
            anchor = slug(title)
            count = taken[anchor] = taken.get(anchor, -1) + 1
            anchor = prefix + (f"{anchor}-{count}" if count else anchor)
            token.attrSet("id", anchor)
            sections.append(Section(int(token.tag[1]), anchor, title))
        elif sections and not (i and tokens[i - 1].type == "heading_open"):
            text = _plain(token) if token.type == "inline" else ""
            if token.type in ("fence", "code_block", "math_block"):
                text = token.content
            elif token.type == "html_block":
                text = re.sub(r"<!--.*?-->|<[^>]*>", " ", token.content, flags=re.DOTALL)
            sections[-1].text += f"{text.strip()}\n" if text.strip() else ""
    return sections


def _parser(comment: Callable[[str], str], picture: Callable[[str, str], str]) -> MarkdownIt:
    def raw(self, tokens, i, options, env):
        return re.sub(r"<!--\s*(.*?)\s*-->", lambda m: comment(m[1]), tokens[i].content, flags=re.DOTALL)

    def fence(self, tokens, i, options, env):
        words = tokens[i].info.split()
        return code_block(tokens[i].content, words[0] if words else "")

    def image(self, tokens, i, options, env):
        return picture(str(tokens[i].attrs["src"]), tokens[i].content)

    parser = MarkdownIt("commonmark").enable("table")
    parser.use(dollarmath_plugin, allow_space=False, double_inline=True,
               renderer=lambda formula, options: mathml(formula.strip(), options["display_mode"]))
    for name, rule in {
        "html_block": raw,
        "html_inline": raw,
        "fence": fence,
        "code_block": fence,
        "image": image,
        "table_open": lambda *_: '<div class="scrolls"><table>\n',
        "table_close": lambda *_: "</table></div>\n",
    }.items():
        parser.add_render_rule(name, rule)
    return parser


def _img(target: str, alt: str) -> str:
    return f'<img src="{html.escape(target)}" alt="{html.escape(alt)}" loading="lazy">'


def render(text: str, *, link: Callable[[str], str] = lambda target: target,
           picture: Callable[[str, str], str] = _img, comment: Callable[[str], str] = lambda text: "",
           prefix: str = "") -> Rendered:
    parser = _parser(comment, picture)
    env: dict = {}
    tokens = parser.parse(text, env)
    sections = _sections_of(tokens, prefix)
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                target = str(child.attrs["href"])
                child.attrSet("href", f"#{prefix}{target[1:]}" if target.startswith("#") else link(target))
    return Rendered(parser.renderer.render(tokens, parser.options, env), sections)
