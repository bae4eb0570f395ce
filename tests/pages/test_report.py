"""out/index.html: whole, self-contained, and all that was run is in it."""

import html
import pathlib
import re
import shutil
import tempfile
import time
import unittest.mock

import report_pages
from support import ROOT, Case, Page, change, command, out, runs, said, work


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
                self.assertIn(html.escape(figure["title"]), text)
                points += sum(len(s["y"]) for p in figure["panels"] for s in p["series"]
                              if s["kind"] == "line" and len(s["y"]) <= 25)
        self.assertGreaterEqual(len(re.findall('class="point( told)?"', text)), points)
        self.assertGreater(points, 90)
        cells = [p["cells"] for run in runs().values() for f in run["figures"] for p in f["panels"] if p["cells"]]
        self.assertGreater(len(cells), 3)
        self.assertEqual(text.count("</title></g>"), sum(one["columns"] * one["rows"] for one in cells))

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
                              "![here](activation_std.svg)\n![there](other.svg)\n![gone](gone.svg)\n\n</details>\n")
        self.holds("<math><mrow><msup><mi>&#x3c3;</mi><mn>2</mn></msup></mrow></math>", page)
        self.assertIn("#02_what_is_normalized", page.links)
        self.has("02, not 08, docs.", page)
        self.holds("<td>1</td>", page)
        self.holds('<a href="#01_explosion-activation_std">▸ here</a>', page)
        self.holds('<img src="data:image/svg[^"]*" alt="there">', page)
        self.has("gone.svg was not drawn.", page)
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
        page = self.whole(folder / "index.html")
        self.has("growth of σ per layer", page)
        self.has("claims were: judged", page)

    def test_it_says_when_claims_were_only_shown(self):
        folder = work / "another setting"
        shutil.copytree(out / "01_explosion", folder / "01_explosion")
        change(folder / "01_explosion", lambda run: run.update(standard=False))
        report_pages.write_report(folder)
        self.has("claims were: only shown, in another setting than the standard one", self.whole(folder / "index.html"))
