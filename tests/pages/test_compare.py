"""Two runs side by side."""

import pathlib
import re
import shutil
import tempfile

import charts
from support import ROOT, Case, Page, change, command, out, runs, work


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
                self.assertIn(f">10: {charts.number(value)}<", text)
            self.assertIn(f'stroke-dasharray="{charts.DASHED}"', text)
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

    def test_bands_histograms_and_cells_are_of_both(self):
        folder = self.other()
        mine = {figure["name"]: figure["panels"] for figure in runs()["01_explosion"]["figures"]}
        areas = [s for panels in mine.values() for panel in panels for s in panel["series"] if s["kind"] in ("band", "histogram")]
        self.assertEqual({s["kind"] for s in areas}, {"band", "histogram"})
        self.compared(out / "01_explosion", folder / "01_explosion")
        text = (out / "compare.html").read_text(encoding="utf-8")
        pictures = text[text.index("<h3>Pictures</h3>"):]
        pictures = re.sub(r'<svg viewBox="[^"]*" class="key.*?</svg>', "", pictures)
        for of_whom in ("area", "outline"):
            self.assertEqual(pictures.count(f'<path class="{of_whom}"'), len(areas))
        self.assertIn("first: ", text)
        self.compared(out / "02_what_is_normalized", folder / "02_what_is_normalized")
        text = (out / "compare.html").read_text(encoding="utf-8")
        panels = runs()["02_what_is_normalized"]["figures"][0]["panels"]
        count = sum(panel["cells"]["columns"] * panel["cells"]["rows"] for panel in panels)
        self.assertEqual(text.count("</title></g>"), 2 * count)
