"""out/index.html and the comparison of two runs. .ci/check_report runs it."""

import copy
import html
import html.parser
import itertools
import json
import math
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import unittest.mock

import compare_pages
import report_pages

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ANSWERS = {"01": "2.8\n0.6\n", "02": "-0.93\n"}
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


def setUpModule():
    """Two lessons, in a folder of a name that is no identifier."""
    global work, out, said
    keep = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(keep.cleanup)
    work = pathlib.Path(keep.name) / "Ein Ordner [1] für Übungen, it's $5 & <more>"
    work.mkdir()
    out, said = work / "out", {}
    for lesson, answers in ANSWERS.items():
        said[lesson] = command(ROOT / "lessons/run", lesson, "--quick", "--predict", cwd=work, input=answers)


def runs() -> dict:
    return {file.parent.name: json.loads(file.read_text(encoding="utf-8")) for file in out.glob("*/run.json")}


class Report(Case):
    def test_lessons_say_where_it_is(self):
        for done in said.values():
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertTrue(done.stdout.endswith("\nreport: out/index.html\n"), done.stdout)
            self.assertIn(" run.json", done.stdout)

    def test_it_is_made_again_the_same(self):
        before = (out / "index.html").read_bytes()
        start = time.monotonic()
        done = command(ROOT / "lessons/report", cwd=work)
        print(f"the report of two lessons: {time.monotonic() - start:.2f} s")
        self.assertEqual(done.stdout, "report: out/index.html\n")
        self.assertTrue((out / "index.html").read_bytes() == before)

    def test_formulas_are_kept(self):
        file, markdown = work / "formulas.json", report_pages.markdown
        made = markdown.mathml("x^2")
        markdown.keep(file)
        with unittest.mock.patch.object(markdown, "_made", {}), unittest.mock.patch.object(markdown, "_blahtex", None):
            markdown.remember(file)
            self.assertEqual(markdown.mathml("x^2"), made)
        for broken in ("", "{}", "[]", '{"by": "", "made": {"x": "<script>"}}'):
            file.write_text(broken)
            with unittest.mock.patch.object(markdown, "_made", {}):
                markdown.remember(file)
                self.assertEqual(markdown._made, {})

    def test_every_claim_is_in_it(self):
        page = self.whole(out / "index.html")
        claims = [claim for run in runs().values() for claim in run["claims"]]
        self.assertGreater(len(claims), 15)
        for claim in claims:
            self.has(claim["text"] + claim["value"] + claim["band"].removeprefix("accepted ")
                     + claim["accepted"]["because"], page)
        bands = re.findall(r'<svg class="band".*?</svg>', (out / "index.html").read_text(encoding="utf-8"))
        self.assertEqual(len(bands), len(claims))

    def test_every_picture_is_in_it(self):
        text = (out / "index.html").read_text(encoding="utf-8")
        page = self.whole(out / "index.html")
        points = 0
        for run in runs().values():
            self.assertTrue(run["figures"])
            for figure in run["figures"]:
                self.assertIn(f"{run['name']}-{figure['name']}", page.ids)
                cells = figure["panels"][0]["cells"]
                self.assertIn(f'alt="{html.escape(figure["title"])}"' if cells else html.escape(figure["title"]), text)
                points += sum(len(s["y"]) for p in figure["panels"] for s in p["series"]
                              if s["kind"] == "line" and len(s["y"]) <= 25)
        self.assertGreaterEqual(text.count('class="point"'), points)
        self.assertGreater(points, 90)

    def test_a_point_tells_its_value(self):
        figure = next(f for f in runs()["01_explosion"]["figures"] if f["name"] == "activation_std")
        line = next(s for s in figure["panels"][0]["series"] if s["kind"] == "line")
        text = (out / "index.html").read_text(encoding="utf-8")
        text = text[text.index('id="01_explosion-activation_std"'):]
        for x, y in zip(line["x"], line["y"]):
            shown = re.search(rf">{x:.0f}: ([\d,.]+)<", text)
            self.assertAlmostEqual(float(shown[1].replace(",", "")) / y, 1, places=3)

    def test_it_has_setting_prediction_page_and_command(self):
        page = self.whole(out / "index.html")
        for run in runs().values():
            readme = (ROOT / "lessons" / run["name"] / "README.md").read_text(encoding="utf-8")
            for text in (run["setting"], run["command"], run["when"][:10], *run["predicted"], *re.findall("^## (.*)", readme, re.M)):
                self.has(text, page)
            self.assertEqual(len(run["predicted"]), len(run["questions"]))
            self.assertIn(f"#{run['name']}", page.links)

    def test_earlier_predictions_stay(self):
        folder = work / "again"
        shutil.copytree(out, folder)
        with (folder / "predictions.txt").open("a", encoding="utf-8") as file:
            file.write("01  By what factor?  ✗ you said 7.00, measured 2.80\n02  Another lesson's\n")
        report_pages.write_report(folder)
        self.has("Before", self.whole(folder / "index.html"))
        self.has("you said 7.00", self.whole(folder / "index.html"))

    def test_without_a_run_it_says_so(self):
        done = command(ROOT / "lessons/report", work / "empty")
        self.assertEqual((done.returncode, done.stdout.count("\n")), (2, 1))
        self.assertIn("no run in ", done.stdout)

    def with_page(self, text: str) -> Page:
        """Lesson 01's page is this one."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=work))
        (folder / "lessons/01_explosion").mkdir(parents=True)
        (folder / "lessons/01_explosion/README.md").write_text(text, encoding="utf-8")
        shutil.copy(ROOT / "lessons/02_what_is_normalized/tiles.svg", folder / "lessons/01_explosion/other.svg")
        shutil.copytree(out, folder / "out")
        with unittest.mock.patch.object(report_pages, "LESSONS", folder / "lessons"):
            report_pages.write_report(folder / "out")
        return self.whole(folder / "out/index.html")

    def test_its_page_is_mathematics_tables_and_pictures(self):
        page = self.with_page("# Title\n\nWith $\\sigma^2$ and [02](../02_what_is_normalized/README.md#run), not\n"
                              "[08](../08_batchnorm_gradients/README.md), [docs](../../docs/why.md).\n\n"
                              "| a | b |\n|---|---|\n| 1 | <b>2</b> |\n\n<details><summary>More</summary>\n\n"
                              "![here](activation_std.svg)\n![there](other.svg)\n\n</details>\n")
        self.holds("<math><mrow><msup><mi>&#x3c3;</mi><mn>2</mn></msup></mrow></math>", page)
        self.assertIn("#02_what_is_normalized", page.links)
        self.has("02, not 08, docs.", page)
        self.holds("<td>1</td>", page)
        self.holds('<a href="#01_explosion-activation_std">▸ here</a>', page)
        self.holds('<img src="data:image/svg[^"]*" alt="there">', page)
        self.holds("<h2>Title</h2>", page)

    def test_a_formula_that_is_none_is_said(self):
        page = self.with_page("# Title\n\n$\\nonsense$\n")
        self.has("Its page is not shown: $\\nonsense$", page)
        self.has("growth of σ per layer", page)

    def test_a_lesson_of_ones_own_has_no_page(self):
        folder = work / "own"
        shutil.copytree(out / "01_explosion", folder / "mine")
        change(folder / "mine", lambda run: run.update(name="mine"))
        report_pages.write_report(folder)
        self.has("growth of σ per layer", self.whole(folder / "index.html"))


def change(folder: pathlib.Path, how) -> None:
    data = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    how(data)
    (folder / "run.json").write_text(json.dumps(data), encoding="utf-8")


class Bad(Case):
    """A run.json that is none: a sentence on the page, and the other lessons as ever."""

    def reported(self, write) -> Page:
        folder = pathlib.Path(tempfile.mkdtemp(dir=work)) / "out"
        shutil.copytree(out, folder)
        write(folder / "02_what_is_normalized")
        report_pages.write_report(folder)
        page = self.whole(folder / "index.html")
        self.has("growth of σ per layer", page)
        return page

    def refused(self, sentence: str, write):
        page = self.reported(write)
        self.has("02_what_is_normalized/run.json is not shown: " + sentence, page)
        self.assertNotIn("#02_what_is_normalized", page.links)

    def bytes(self, content: bytes):
        return lambda folder: (folder / "run.json").write_bytes(content)

    def test_no_json(self):
        for content in (b"", b"{", b"\xff\xfe", b'{"evenkeel_run": ' + b"9" * 5000 + b"}"):
            self.refused("it is no JSON", self.bytes(content))
        self.refused("it is nested too deeply", self.bytes(b"[" * 100_000))
        self.refused("it must be an object", self.bytes(b"[]"))

    def test_no_number(self):
        text = (out / "02_what_is_normalized/run.json").read_text(encoding="utf-8")
        for word in ("NaN", "Infinity"):
            self.refused(f"{word} is no number in JSON", self.bytes(re.sub(r'"low": [^,]*', f'"low": {word}', text).encode()))
        self.refused("claims[0].low must be a number, got inf", self.bytes(re.sub(r'"low": [^,]*', '"low": 1e999', text, 1).encode()))

    def test_what_lacks_or_is_of_another_kind(self):
        def changed(how):
            return lambda folder: change(folder, how)

        self.refused("lacks 'claims'", changed(lambda run: run.pop("claims")))
        self.refused("claims[1] lacks 'text'", changed(lambda run: run["claims"][1].pop("text")))
        self.refused("seed must be a whole number, got 'x'", changed(lambda run: run.update(seed="x")))
        self.refused("holds must be true or false, got 1", changed(lambda run: run.update(holds=1)))
        self.refused("it is of version 2", changed(lambda run: run.update(evenkeel_run=2)))
        self.refused("figures must be a list", changed(lambda run: run.update(figures={})))
        curve = {"kind": "line", "name": "", "colour": "", "x": [1, 2], "y": [1]}
        def drawn(**more):
            return changed(lambda run: run["figures"][0]["panels"][0]["series"].append(curve | more))
        self.refused("tiles: a curve's x, y and high must be equally long", drawn())
        self.refused("tiles: there is no curve of kind 'pie'", drawn(y=[1, 2], kind="pie"))

    def test_foreign_text_stays_text(self):
        count = itertools.count()
        evil = "<script>alert(1)</script>\"'><img src=https://example.org/x onerror=alert(1)>"

        def poison(value):
            if isinstance(value, dict):
                return {key: value[key] if key in ("evenkeel_run", "kind") else poison(value[key]) for key in value}
            if isinstance(value, list):
                return [poison(one) for one in value]
            return f"{evil}{next(count)}" if isinstance(value, str) else value

        for lesson in ("01_explosion", "02_what_is_normalized"):
            def write(folder):
                data = json.loads((out / lesson / "run.json").read_text(encoding="utf-8"))
                (folder / "run.json").write_text(json.dumps(poison(data)), encoding="utf-8")
            self.has(evil, self.reported(write))

    def test_odd_names_and_colours(self):
        def odd(run):
            run["name"] = "../../data"
            run["figures"][0]["name"] = "../01_explosion/run"
            run["figures"][0]["panels"][0].update(cells=False, series=[
                {"kind": "line", "name": "a", "colour": "url(https://example.org)", "x": [1], "y": [1]}])
        self.reported(lambda folder: change(folder, odd))

    def test_odd_numbers(self):
        odd = [1e308, -1e308, 0, None, 1e-320, 5]
        for log in (True, False):
            for x in (list(range(6)), odd, [None] * 6, [3] * 6):
                for y in (odd, [None] * 6, [7e-300] * 6, [1e307] * 6, [-2] * 6):
                    panel = {"title": "", "subtitle": "", "x": {"label": "", "log": log}, "y": {"label": "", "log": log},
                             "cells": False, "series": [{"kind": kind, "name": kind, "colour": "#000000", "x": x, "y": y,
                                                         **({"high": y} if kind == "band" else {})}
                                                        for kind in ("line", "points", "theory", "vertical", "band", "histogram")]}
                    drawn = report_pages.charts.panel(panel)
                    self.assertEqual(Page(drawn).wrong, [])
                    self.assertNotRegex(drawn, r"\b(nan|inf)\b")
                    self.assertLess(len(drawn), 60_000)

    def test_pictures_that_are_missing(self):
        self.has("tiles.svg was not drawn", self.reported(lambda folder: (folder / "tiles.svg").unlink()))


class Bands(unittest.TestCase):
    def places(self, low, high, accepted=(2, 4)):
        drawn = report_pages.charts.band({"low": accepted[0], "high": accepted[1]}, [(low, high)], "words")
        rect = re.search(r'x="([\d.]+)" y="4" width="([\d.]+)"', drawn)
        line = re.search(r'd="M([\d.]+),12H([\d.]+)"', drawn)
        return float(rect[1]), float(rect[1]) + float(rect[2]), float(line[1]), float(line[2]), drawn

    def test_the_marker_lies_in_the_band_where_the_claim_holds(self):
        for value, inside in ((2, True), (3, True), (4, True), (1.9, False), (4.1, False), (1e9, False), (-1e9, False)):
            left, right, marker, _, drawn = self.places(value, value)
            self.assertEqual(left - 0.01 <= marker <= right + 0.01, inside, value)
            self.assertEqual("<circle" in drawn, abs(value) < 10, value)  # far off: an arrow
        left, right, least, most, _ = self.places(2.5, 3)
        self.assertAlmostEqual((least - left) / (right - left), 0.25)
        self.assertAlmostEqual((most - left) / (right - left), 0.5)

    def test_bands_without_width_or_end(self):
        left, right, marker, _, _ = self.places(0, 0, (0, 0))
        self.assertTrue(left <= marker <= right + 0.01)
        self.assertEqual(self.places(5, 5, (4, None))[1], 160)
        self.assertEqual(self.places(5, 5, (None, 6))[0], 0)
        self.assertNotIn("circle", report_pages.charts.band({"low": 0, "high": 1}, [(None, None)], ""))
        self.assertEqual(report_pages.charts.band(None, [(1, 1)], ""), "")


class Charts(unittest.TestCase):
    def test_points_lie_where_the_ticks_say(self):
        for log_x, log_y in itertools.product((False, True), repeat=2):
            x, y = [1, 2, 5, 10, 40], [0.02, 0.5, 3, 700, 41]
            drawn = report_pages.charts.panel({
                "title": "", "subtitle": "", "cells": False, "x": {"label": "", "log": log_x},
                "y": {"label": "", "log": log_y},
                "series": [{"kind": "line", "name": "", "colour": "#000000", "x": x, "y": y}]})
            points = re.findall(r'class="target" cx="([\d.]+)" cy="([\d.]+)"', drawn)
            self.assertEqual(len(points), len(x))
            across = re.findall(r'M([\d.]+),14V237"/><text[^>]*>([^<]+)<', drawn)
            up = re.findall(r'M53,([\d.]+)H[\d]+"/><text[^>]*>([^<]+)<', drawn)
            for ticks, values, places, log in ((across, x, [p[0] for p in points], log_x),
                                               (up, y, [p[1] for p in points], log_y)):
                self.assertGreaterEqual(len(ticks), 3)
                place = lambda value: math.log10(value) if log else value
                (a, low), (b, high) = [(float(at), place(number_of(label))) for at, label in (ticks[1], ticks[-1])]
                for value, at in zip(values, places):
                    self.assertAlmostEqual(float(at), a + (b - a) * (place(value) - low) / (high - low), delta=0.6)

    def test_a_curve_has_a_gap_where_nothing_was_measured(self):
        self.assertEqual(report_pages.charts.path_of([(0, 0), (1, 1), None, (3, 3)]), "M0.0,0.0L1.0,1.0M3.0,3.0")

    def test_numbers(self):
        for value, text in ((46932.86, "46,933"), (0.58379, "0.5838"), (-2, "−2"), (0, "0"), (1.5e-7, "1.50·10⁻⁷"),
                            (3e9, "3.00·10⁹"), (100, "100"), (12.0004, "12")):
            self.assertEqual(report_pages.charts.number(value), text)


def number_of(label: str) -> float:
    """As a tick is labelled: 0.5, 1,000 or 10³."""
    if label.startswith("10") and label[2:].strip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹") == "" and label != "10":
        return 10.0 ** int(label[2:].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    return float(label.replace(",", "").replace("−", "-"))


class Compare(Case):
    def compared(self, first, second) -> Page:
        done = command(ROOT / "lessons/compare", first, second, cwd=work)
        self.assertEqual((done.returncode, done.stdout), (0, "compare: out/compare.html\n"))
        return self.whole(out / "compare.html")

    def other(self) -> pathlib.Path:
        folder = pathlib.Path(tempfile.mkdtemp(dir=work)) / "andere Läufe"
        shutil.copytree(out, folder)

        def differ(run):
            run["options"]["layers"] = "31"
            run["claims"][0].update(low=2.34, high=2.34, value="2.34", holds=False)
            run["claims"].append(dict(run["claims"][0], text="a claim of its own"))
            curve = next(s for s in run["figures"][1]["panels"][0]["series"] if s["kind"] == "line")
            curve["y"] = [y * 1.234 for y in curve["y"]]
        change(folder / "01_explosion", differ)
        return folder

    def test_two_folders_or_two_runs(self):
        folder = self.other()
        for first, second in ((out, folder), (out / "01_explosion", folder / "01_explosion")):
            page = self.compared(first, second)
            text = (out / "compare.html").read_text(encoding="utf-8")
            differ, same = page.text.split("The same in both")[:2]
            self.assertTrue("--layers1031" in differ and "--layers" not in same)
            self.assertTrue("--width64" in same and "--width" not in differ)
            self.has("✗ 2.34", page)
            self.has("a claim of its own–✗ 2.34", page)
            mine = next(f for f in runs()["01_explosion"]["figures"] if f["name"] == "activation_std")
            y = next(s for s in mine["panels"][0]["series"] if s["kind"] == "line")["y"][-1]
            for value in (y, 1.234 * y):
                self.assertIn(f">10: {report_pages.charts.number(value)}<", text)
            self.assertIn(f'stroke-dasharray="{compare_pages.OTHER}"', text)
        self.assertNotIn("02_what_is_normalized", page.text)

    def test_runs_of_different_lessons_are_refused(self):
        done = command(ROOT / "lessons/compare", out / "01_explosion", out / "02_what_is_normalized", cwd=work)
        self.assertEqual((done.returncode, done.stdout.count("\n")), (2, 1))
        self.assertIn("has 01_explosion and", done.stdout)
        self.assertIn("two runs of one lesson can be compared", done.stdout)

    def test_folders_without_a_run_are_refused(self):
        for folder in (work / "none", ROOT / "lessons"):
            done = command(ROOT / "lessons/compare", out, folder, cwd=work)
            self.assertEqual((done.returncode, done.stdout.count("\n")), (2, 1))
            self.assertIn("no run in", done.stdout)

    def test_a_bad_run_is_said(self):
        folder = self.other()
        (folder / "02_what_is_normalized/run.json").write_text("{")
        self.has("02_what_is_normalized/run.json is not shown: it is no JSON", self.compared(out, folder))


class Browser(Case):
    def browsed(self, file: pathlib.Path) -> None:
        done = subprocess.run(["node", ROOT / "tests/pages/browse.mjs", file], stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        self.assertEqual(found["fetched"], [])
        self.assertEqual(found["errors"], [])
        self.assertEqual(found["sideways"], {"360": 0, "1280": 0})
        self.assertEqual(found["hover"], [False, True])
        self.assertEqual(found["focus"], ["visible"])
        self.assertNotEqual(found["pages"]["light"], found["pages"]["dark"])

    def test_the_report(self):
        self.browsed(out / "index.html")

    def test_the_comparison(self):
        compare_pages.write_comparison([out, out], work / "same.html")
        self.browsed(work / "same.html")


if __name__ == "__main__":
    unittest.main()
