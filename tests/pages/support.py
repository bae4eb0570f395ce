"""Two lessons that were run, and what their pages must be. .ci/check_report runs the tests here."""

import atexit
import html.parser
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VOID = {"meta", "link", "img", "br", "hr", "input", "path", "circle", "rect", "use"}


class Page(html.parser.HTMLParser):
    """Its ids, its links, what it would fetch, and what is not well-formed."""

    def __init__(self, text: str):
        super().__init__()
        self.raw = text
        self.open, self.ids, self.links, self.fetched, self.wrong, self.text = [], [], [], [], [], ""
        self.feed(text)
        self.wrong += [f"<{tag}> is not closed" for tag in self.open]
        self.fetched += re.findall(r"@import|url\((?!['\"]?data:)[^)]*", text)

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        if tag in ("script", "iframe", "object", "embed", "base"):
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name == "href" and tag == "a":
                self.links.append(value)
            elif name in ("src", "href", "xlink:href", "srcset", "data", "poster") and not value.startswith("data:"):
                self.fetched.append(value)
            elif name.startswith("on"):
                self.wrong.append(name)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")

    def handle_data(self, data):
        self.text += "" if self.open and self.open[-1] == "style" else data


class Case(unittest.TestCase):
    def whole(self, file: pathlib.Path) -> Page:
        """A page that needs nothing else."""
        page = Page(file.read_text(encoding="utf-8"))
        self.assertEqual(page.wrong, [])
        self.assertEqual(page.fetched, [])
        self.assertEqual(len(page.ids), len(set(page.ids)), sorted(page.ids))
        for link in page.links:
            self.assertTrue(link.startswith("https://") or link == "#" or link[1:] in page.ids, link)
        return page

    def has(self, text: str, page: Page):
        squeezed = " ".join(page.text.split())
        self.assertTrue(" ".join(text.split()) in squeezed, f"not on the page: {text}")

    def holds(self, markup: str, page: Page):
        self.assertTrue(re.search(markup, page.raw), f"not in the page: {markup}")


def command(*words, **more):
    return subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=120, **more)


def run_lessons(folder: pathlib.Path) -> dict:
    """What each of them said, for a person who answers."""
    answers = {"01": "2.8\n0.6\n", "02": "-0.93\n-1\n"}
    return {lesson: command(ROOT / "lessons/run", lesson, "--quick", "--predict", cwd=folder, input=given)
            for lesson, given in answers.items()}


_folder = tempfile.TemporaryDirectory()
atexit.register(_folder.cleanup)
work = pathlib.Path(_folder.name) / "Ein Ordner [1] für Übungen, it's $5 & <more>"
work.mkdir()
out, said = work / "out", run_lessons(work)


def runs() -> dict:
    return {file.parent.name: json.loads(file.read_text(encoding="utf-8")) for file in out.glob("*/run.json")}


def change(folder: pathlib.Path, how) -> None:
    data = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    how(data)
    (folder / "run.json").write_text(json.dumps(data), encoding="utf-8")
