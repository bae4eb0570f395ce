"""Where points, ticks and bands lie."""

import itertools
import math
import re
import unittest

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
        self.assertEqual(charts.path_of([(0, 0), (1, 1), None, (3, 3)]), "M0.0,0.0L1.0,1.0M3.0,3.0")

    def test_numbers(self):
        for value, text in ((46932.86, "46,933"), (0.58379, "0.5838"), (-2, "−2"), (0, "0"), (1.5e-7, "1.50·10⁻⁷"),
                            (3e9, "3.00·10⁹"), (100, "100"), (12.0004, "12")):
            self.assertEqual(charts.number(value), text)
