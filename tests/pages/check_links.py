#!/usr/bin/env python3
"""Reads a made site: every link and anchor leads somewhere, nothing is loaded from elsewhere, no page, header or
docstring is missing, every formula is mathematics. Used by .ci/check_site.

  tests/pages/check_links.py SITE SITE_WITH_MICROSCOPE
"""

import pathlib
import re
import sys
import urllib.parse
from html.parser import HTMLParser

ROOT = pathlib.Path(__file__).resolve().parents[2]
VIEWS = {"explosion", "tiles", "placement", "backward", "tape"}
LOADED = {"img", "script", "iframe", "link", "source", "video", "audio", "embed"}
HINTS = re.compile(r"lessons/exercises/.*/hints.md|scripts/|tests/|microscope/|out/|build")  # no pages of their own


class Page(HTMLParser):
    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[tuple[str, str]] = []  # tag, target
        self.text, self.declared, self.prose = "", "", ""
        self.within: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag not in ("meta", "link", "img", "input", "br", "hr", "wbr"):
            self.within.append(tag)
        if "id" in named:
            self.ids.append(named["id"])
        self.links += [(tag, named[key]) for key in ("href", "src") if key in named]

    def handle_endtag(self, tag):
        while self.within and self.within.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" in self.within or "script" in self.within:
            return
        self.text += data
        if "the-header" not in self.ids:
            self.declared += data
        if not {"pre", "code", "math"} & set(self.within):
            self.prose += data


def words_of(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.replace("\\file", "")))


def check_links(site: pathlib.Path, pages: dict[pathlib.Path, Page]) -> list[str]:
    wrong = []
    for path, page in pages.items():
        here = path.relative_to(site)
        wrong += [f"{here}: two ids '{name}'" for name in sorted({i for i in page.ids if page.ids.count(i) > 1})]
        for tag, target in page.links:
            if re.match(r"https?:|mailto:", target) and tag == "a":
                continue
            if target == "data:,":  # no icon
                continue
            if re.match(r"[a-z]+:|/", target):
                wrong.append(f"{here}: <{tag}> loads or leads to {target}" )
                continue
            name, _, anchor = target.partition("#")
            other = (path.parent / urllib.parse.unquote(name)).resolve() if name else path
            if not other.is_file() or site not in other.parents:
                wrong.append(f"{here}: {target} is not there")
            elif other == site / "microscope.html":
                wrong += [] if anchor.partition("?")[0] in VIEWS | {""} else [f"{here}: no such view: {target}"]
            elif anchor and urllib.parse.unquote(anchor) not in pages[other].ids:
                wrong.append(f"{here}: {target} has no such anchor")
    return wrong


def check_reached(site: pathlib.Path, pages: dict[pathlib.Path, Page]) -> list[str]:
    """Every page is reached from the first one, by links without JavaScript; and none is missing."""
    reached, queue = set(), [site / "index.html"]
    while queue:
        path = queue.pop()
        if path not in reached and path in pages:
            reached.add(path)
            targets = [target.partition("#")[0] for tag, target in pages[path].links if tag == "a" and ":" not in target]
            queue += [(path.parent / urllib.parse.unquote(target)).resolve() for target in targets if target]
    wanted = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.md") if not re.search(r"/(\.|node_|build)", str(p))]
    wanted = [re.sub(r"(^|/)README\.html$", r"\1index.html", name[:-3] + ".html") for name in wanted
              if not HINTS.match(name)]
    wanted += [f"{p.relative_to(ROOT).as_posix()}.html" for p in ROOT.glob("include/**/*.hpp")]
    return [f"{name} is not in the site, or nothing leads to it" for name in sorted(wanted) if site / name not in reached]


def docstrings(header: str) -> list[str]:
    """The lines of /// and ///< that are not private."""
    found, is_private = [], [False]
    for line in header.splitlines():
        if re.match(r" *class \w+[^;]*$", line):
            is_private.append(True)
        elif re.match(r" *(struct|enum class) \w+[^;}]*$", line):
            is_private.append(False)
        elif label := re.match(r" *(public|protected|private):$", line):
            is_private[-1] = label[1] == "private"
        elif re.match(r" *\};", line) and len(is_private) > 1:
            is_private.pop()
        if (doc := re.search(r"///<? ?(.*)", line)) and not is_private[-1]:
            found.append(doc[1])
    return found


def check_headers(site: pathlib.Path, pages: dict[pathlib.Path, Page]) -> list[str]:
    wrong, lines, names = [], 0, 0
    for path in sorted(ROOT.glob("include/**/*.hpp")):
        name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        page = pages.get(site / f"{name}.html")
        if not page:
            continue  # check_reached says so
        told = words_of(page.declared)
        opening = re.match(r"#pragma once\n((?://.*\n)*)", text)
        for line in docstrings(text) + re.findall(r"// ?(.*)", opening[1] if opening else ""):
            lines += 1
            if words_of(line) not in told:
                wrong.append(f"{name}: its page does not say: {line}")
        declared = re.findall(r"^(?:class|struct|enum class|using) (\w+)\b(?!;)", text, re.MULTILINE)
        declared += re.findall(r"^(?!#|//|namespace|template|requires|static_assert)[\w\[][^=(/]*?(\w+)\(", text, re.MULTILINE)
        for symbol in declared:
            names += 1
            if not re.search(rf"\b{symbol}\b", page.declared):
                wrong.append(f"{name}: {symbol} is not on its page")
    print(f"{lines} lines of docstrings and {names} names of the public headers are in the site")
    return wrong if lines > 1500 and names > 300 else wrong + ["too few docstrings were found: is the check right?"]


def main() -> int:
    wrong = []
    for argument in sys.argv[1:]:
        site = pathlib.Path(argument).resolve()
        pages = {path: Page(path) for path in sorted(site.rglob("*.html")) if path != site / "microscope.html"}
        wrong += check_links(site, pages) + check_reached(site, pages) + check_headers(site, pages)
        for path, page in pages.items():
            at = f"{path.relative_to(site)}:"
            if re.search(r"@import|url\(", path.read_text(encoding="utf-8").partition("</head>")[0]):
                wrong.append(f"{at} its style loads something")
            if "/." in f"/{path.relative_to(site)}":
                wrong.append(f"{at} a server may hide it")
            if str(site) in page.text or str(ROOT) in page.text:
                wrong.append(f"{at} a path of this machine")
            if not path.name.endswith((".cpp.html", ".hpp.html")) and "$" in page.prose:
                wrong.append(f"{at} a formula that is none: {page.prose[page.prose.index('$'):][:60]!r}")
        frames = [target for page in pages.values() for tag, target in page.links if tag == "iframe"]
        print(f"{len(pages)} pages, {sum(len(p.links) for p in pages.values())} links, {len(frames)} microscopes")
        views = {target.partition("#")[2].partition("?")[0] for target in frames}
        if argument == sys.argv[2] and views != VIEWS:
            wrong.append(f"the microscope is embedded with the views {sorted(views)} only")
        notes = [path for path, page in pages.items() if "once it is built: lessons/run microscope" in page.text]
        if argument == sys.argv[1] and (frames or not notes):
            wrong.append("without the microscope: frames, or no note how to build it")
    print("\n".join(dict.fromkeys(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
