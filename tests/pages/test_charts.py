"""Where points, ticks, bands and cells lie, and what they tell."""

import base64
import itertools
import math
import re
import unittest
import zlib

import cells
import charts


class Bands(unittest.TestCase):
    def places(self, low, high, accepted=(2, 4)):
        drawn = charts.band({"low": accepted[0], "high": accepted[1]}, [(low, high)], "words")
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
        self.assertNotIn("circle", charts.band({"low": 0, "high": 1}, [(None, None)], ""))
        self.assertEqual(charts.band(None, [(1, 1)], ""), "")


def number_of(label: str) -> float:
    """As a tick is labelled: 0.5, 1,000 or 10³."""
    if label.startswith("10") and label[2:].strip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹") == "" and label != "10":
        return 10.0 ** int(label[2:].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    return float(label.replace(",", "").replace("−", "-"))


class Charts(unittest.TestCase):
    def test_points_lie_where_the_ticks_say(self):
        for log_x, log_y in itertools.product((False, True), repeat=2):
            x, y = [1, 2, 5, 10, 40], [0.02, 0.5, 3, 700, 41]
            drawn = charts.panel({
                "title": "", "subtitle": "", "cells": None, "x": {"label": "", "log": log_x},
                "y": {"label": "", "log": log_y},
                "series": [{"kind": "line", "name": "", "colour": "#000000", "x": x, "y": y}]})
            points = re.findall(r'class="target" cx="([\d.]+)" cy="([\d.]+)"', drawn)
            self.assertEqual(len(points), len(x))
            across = re.findall(r'M([\d.]+),14V237"/><text[^>]*y="252"[^>]*>([^<]+)<', drawn)
            up = re.findall(r'M53,([\d.]+)H[\d]+"/><text[^>]*>([^<]+)<', drawn)
            for ticks, values, places, log in ((across, x, [p[0] for p in points], log_x),
                                               (up, y, [p[1] for p in points], log_y)):
                self.assertGreaterEqual(len(ticks), 3)
                place = lambda value: math.log10(value) if log else value
                (a, low), (b, high) = [(float(at), place(number_of(label))) for at, label in (ticks[1], ticks[-1])]
                for value, at in zip(values, places):
                    self.assertAlmostEqual(float(at), a + (b - a) * (place(value) - low) / (high - low), delta=0.6)

    def test_no_label_of_a_tick_is_cut_off_or_on_another(self):
        for low, high, log in ((9000, 155_000, True), (1e5, 1.5e5, False), (0.00012, 0.00098, False), (1, 150, True), (0, 60_000, False)):
            axis = charts.axis_of({"log": log, "low": low, "high": high}, [], 0, charts.LEFT, charts.RIGHT)
            x = {"label": "", "log": log, "low": low, "high": high}
            drawn = charts.panel({"title": "", "subtitle": "", "cells": None, "x": x, "y": {"label": "", "log": False},
                                  "series": [{"kind": "line", "name": "", "colour": "", "x": [low, high], "y": [1, 2]}]})
            labels = re.findall(r'<text class="tick" x="([\d.]+)" y="252" text-anchor="middle">([^<]*)<', drawn)
            ends = [(float(x) - 4 * len(label), float(x) + 4 * len(label)) for x, label in labels]
            self.assertGreaterEqual(len(ends), 2)
            self.assertLessEqual(ends[-1][1], charts.WIDTH)
            self.assertTrue(all(a[1] < b[0] for a, b in zip(ends, ends[1:])), labels)
            self.assertEqual(drawn.count('V237"/>'), len(axis.ticks()))

    def test_a_curve_has_a_gap_where_nothing_was_measured(self):
        self.assertEqual(charts.path_of([(0, 0), (1, 1), None, (3, 3)]), "M0.0,0.0L1.0,1.0M3.0,3.0")

    def test_numbers(self):
        for value, text in ((46932.86, "46,933"), (0.58379, "0.5838"), (-2, "−2"), (0, "0"), (1.5e-7, "1.50·10⁻⁷"),
                            (3e9, "3.00·10⁹"), (100, "100"), (12.0004, "12")):
            self.assertEqual(charts.number(value), text)

    def test_a_bin_tells_from_where_to_where_it_goes(self):
        bins = {"kind": "histogram", "name": "", "colour": "#000000", "x": [0, 0.5, 1, 1.5], "y": [0.2, 1.4, 0.4, 0]}
        axis = {"label": "", "log": False}
        drawn = charts.panel({"title": "", "subtitle": "", "cells": None, "x": axis, "y": axis, "series": [bins]})
        self.assertEqual(re.findall(r">([^<>]* to [^<>]*)<", drawn), ["0 to 0.5: 0.2", "0.5 to 1: 1.4", "1 to 1.5: 0.4"])
        targets = re.findall(r'class="target" d="M([\d.]+),[\d.]+V([\d.]+)H([\d.]+)', drawn)
        edges = [[float(left), float(right)] for left, _, right in targets]
        self.assertEqual(edges[0][1], edges[1][0])
        self.assertLess(float(targets[1][1]), float(targets[2][1]))  # the more of them, the higher

    def test_a_second_run_looks_different(self):
        axis = {"label": "", "log": False}
        for kind in ("line", "points", "band", "histogram", "theory", "vertical"):
            series = {"kind": kind, "name": "a", "colour": "#000000", "x": [1, 2, 3], "y": [1, 4, 2], "high": [2, 5, 3]}
            looks = [charts.panel({"title": "", "subtitle": "", "cells": None, "x": axis, "y": axis, "series": [one]})
                     for one in (series, dict(series, second=True))]
            self.assertNotEqual(looks[0], looks[1], kind)
            self.assertEqual("area" in looks[1], False, kind)


class Cells(unittest.TestCase):
    def panel(self, columns=3, rows=2, **more):
        count = columns * rows
        known = {"columns": columns, "rows": rows, "colours": "0072B2" * count, "words": [], "across": [], "down": [],
                 "values": [], "scale": None} | more
        return {"title": "", "subtitle": "", "series": [], "cells": known, "x": {"label": "rate", "log": False},
                "y": {"label": "", "log": False}}

    def told(self, panel):
        drawn = cells.panel(panel)
        found = re.findall(r'<path fill="#([^"]*)" d="M([\d.]+),([\d.]+)h.*?<title>(.*?)</title>', drawn)
        return [(colour, float(x), float(y), text) for colour, x, y, text in found], drawn

    def test_every_cell_tells_its_value_where_it_lies(self):
        colours = "".join(f"0000{i:02X}" for i in range(6))
        found, _ = self.told(self.panel(colours=colours, values=[1, 2.5, -3, None, 0, 46932.86], words=list("abc×ef"),
                                        across=["0.1", "0.2", "0.4"], down=["LayerNorm", "DyT"]))
        self.assertEqual([text for *_, text in found],
                         ["LayerNorm, rate 0.1: 1", "LayerNorm, rate 0.2: 2.5", "LayerNorm, rate 0.4: −3",
                          "DyT, rate 0.1: ×", "DyT, rate 0.2: 0", "DyT, rate 0.4: 46,933"])
        self.assertEqual([colour for colour, *_ in found], [f"0000{i:02X}" for i in range(6)])
        self.assertEqual(len({x for _, x, _, _ in found}), 3)
        self.assertEqual([y for _, _, y, _ in found], sorted(y for _, _, y, _ in found))

    def test_rows_that_share_a_name_and_cells_without_names(self):
        found, drawn = self.told(self.panel(2, 4, words=list("12345678"), down=["channel 1", "channel 2"]))
        self.assertEqual([text for *_, text in found][3:5], ["channel 1, 2: 4", "channel 2, 1: 5"])
        self.assertEqual(drawn.count('class="tick"'), 3)  # both names, and the axis's
        self.assertEqual(self.told(self.panel(values=[1] * 6))[0][5][3], "2, 3: 1")

    def test_too_many_cells_and_pictures_are_one_image_of_their_colours(self):
        side = math.isqrt(cells.MOST_CELLS)
        self.assertEqual(len(self.told(self.panel(side, side, values=[1] * side**2))[0]), side**2)
        found, drawn = self.told(self.panel(side + 1, side + 1, values=[1] * (side + 1) ** 2))
        self.assertEqual(found, [])
        self.assertIn(f"{(side + 1) ** 2:,} cells are too many to tell their values here", drawn)
        found, drawn = self.told(self.panel(2, 2, colours="000000FFFFFF0072B2112233"))
        self.assertEqual(found, [])
        self.assertNotIn("too many", drawn)
        file = base64.b64decode(re.search(r'href="data:image/png;base64,([^"]*)"', drawn)[1])
        lines = zlib.decompress(file[file.index(b"IDAT") + 4 : file.index(b"IEND") - 8])
        self.assertEqual(lines.hex(), "00000000ffffff" + "000072b2112233")

    def test_the_scale_says_what_a_colour_stands_for(self):
        for log, low, high, ticks in ((False, 0, 100, ["0", "50", "100"]), (True, 0.01, 100, ["0.01", "1", "100"])):
            scale = {"meaning": "error, %", "log": log, "low": low, "high": high, "colours": ["#000000", "#FF0000", "#FFFFFF"]}
            drawn = cells.panel(self.panel(values=[low] * 6, scale=scale))
            for tick in ticks:
                self.assertIn(f">{tick}</text>", drawn)
            self.assertIn("error, %", drawn)
        for low, high in ((-1.7e308, 1.7e308), (0, 5e-324), (1e-300, 1.0000000000001e-300)):
            for log in (False, low > 0):
                cells.panel(self.panel(values=[low] * 6, scale=scale | {"low": low, "high": high, "log": log}))
        self.assertEqual([cells.mixed(scale["colours"], share).hex() for share in (0, 0.25, 0.5, 1)],
                         ["000000", "800000", "ff0000", "ffffff"])

    def test_panels_stand_in_the_lessons_columns_while_their_letters_are_large_enough(self):
        picture, words = self.panel(9, 9), self.panel(9, 9, words=["12345"] * 81)
        for panel, columns, count, found in ((picture, 4, 8, "--columns:4"), (picture, 4, 2, "--columns:2"),
                                             (picture, -1, 2, "--columns:1"), (words, 2, 8, "--columns:2"), (words, 4, 8, None)):
            arranged = cells.arranged({"columns": columns, "panels": [panel] * count})
            self.assertEqual(re.findall("--columns:.", arranged), [found] if found else [])
