"""A run.json that is none, and foreign text in it."""

import itertools
import json
import pathlib
import re
import shutil
import tempfile

import charts
import report_pages
from support import Case, Page, change, out, work


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

    def test_foreign_file_beside_the_runs(self):
        def write(folder):
            (folder.parent / "run.json").write_text('{"evenkeel_trace": 1}')

        self.assertIn("#02_what_is_normalized", self.reported(write).links)

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

    def test_cells_that_are_none(self):
        scale = {"meaning": "", "log": False, "low": 0, "high": 1, "colours": ["#000000", "#FFFFFF"]}
        for sentence, more in (("tiles: 0×4 cells need as many colours", {"columns": 0}),
                               ("tiles: 3×-4 cells need as many colours", {"columns": 3, "rows": -4}),
                               ("cells need as many colours, of six digits each", {"colours": "<script>"}),
                               ("tiles: as many words or values as cells, or none", {"values": [1]}),
                               ("tiles: as many words or values as cells, or none", {"words": ["1"]}),
                               ("tiles: names that do not fit the cells", {"down": ["a"] * 99}),
                               ("tiles: names that do not fit the cells", {"across": ["a"] * 99}),
                               ("tiles: a scale goes from low to high", {"scale": scale | {"high": 0}}),
                               ("tiles: a scale goes from low to high", {"scale": scale | {"log": True}}),
                               ("tiles: a scale goes from low to high", {"scale": scale | {"colours": ["#000000"]}}),
                               ("tiles: a scale goes from low to high", {"scale": scale | {"colours": ["red", "url(x)"]}}),
                               ("cells must be an object", None)):
            def how(run):
                panel = run["figures"][0]["panels"][0]
                panel["cells"] = panel["cells"] | {"columns": 8, "rows": 4, "colours": "0" * 192, "words": [], "values": [],
                                                   "down": [], "across": [], "scale": None} | more if more else True
            with self.subTest(sentence=sentence):
                page = self.reported(lambda folder: change(folder, how))
                self.has(sentence, page)
                self.assertNotIn("#02_what_is_normalized", page.links)

    def test_foreign_text_stays_text(self):
        count = itertools.count()
        evil = "<script>alert(1)</script>\"'><img src=https://example.org/x onerror=alert(1)>"

        def poison(value):
            if isinstance(value, dict):
                return {key: value[key] if key in ("evenkeel_run", "kind", "colours") else poison(value[key]) for key in value}
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
            run["figures"][0]["panels"][0].update(cells=None, series=[
                {"kind": "line", "name": "a", "colour": "url(https://example.org)", "x": [1], "y": [1]}])
        self.reported(lambda folder: change(folder, odd))

    def test_odd_numbers(self):
        odd = [1e308, -1e308, 0, None, 1e-320, 5]
        for log in (True, False):
            for x in (list(range(6)), odd, [None] * 6, [3] * 6):
                for y in (odd, [None] * 6, [7e-300] * 6, [1e307] * 6, [-2] * 6):
                    panel = {"title": "", "subtitle": "", "x": {"label": "", "log": log}, "y": {"label": "", "log": log},
                             "cells": None, "series": [{"kind": kind, "name": kind, "colour": "#000000", "x": x, "y": y,
                                                         **({"high": y} if kind == "band" else {})}
                                                        for kind in ("line", "points", "theory", "vertical", "band", "histogram")]}
                    drawn = charts.panel(panel)
                    self.assertEqual(Page(drawn).wrong, [])
                    self.assertNotRegex(drawn, r"\b(nan|inf)\b")
                    self.assertLess(len(drawn), 60_000)

