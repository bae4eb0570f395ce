"""The pictures of a run as inline SVG: curves and histograms whose points tell their values on hover and focus,
without a script; and the band of a claim with what was measured. Of two runs the second's curves are dashed, its points
hollow, its areas outlines.

A curve is drawn from the numbers in run.json, not taken from gnuplot's SVG: its letters keep their size on a
narrow screen, its colours follow light and dark, and every point knows its value.
"""

import html
import math
import re
from dataclasses import dataclass

from runs import KINDS

WIDTH, HEIGHT = 440, 280
LEFT, RIGHT, TOP, BOTTOM = 58, 428, 14, 232  # of the box in which the curves are
FEW = 25  # points, so that each has a marker
MOST_POINTS = 60  # of a curve that tell their value
AT_ONCE = 9  # of more than FEW points that tell it together, while the curve has the focus
DASHES = {"theory": "8 6", "vertical": "2 4"}
SECOND = {"theory": "2 3", "vertical": "6 4 2 4"}  # of a second run; its other lines
DASHED = "5 4"


def number(value: float) -> str:
    """Four digits that carry information; whole digits are never rounded away: 46,933 and 0.5838."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "not a number"
    if not 1e-4 <= abs(value) < 1e7:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}·10{superscript(int(exponent))}".replace("-", "−")
    text = f"{value:,.{max(0, 3 - math.floor(math.log10(abs(value))))}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def superscript(exponent: int) -> str:
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


@dataclass
class Axis:
    """Where a value lies: on a logarithmic axis by its logarithm, from `low` to `high`."""

    log: bool
    low: float
    high: float
    start: float  # in pixels
    end: float

    def shows(self, value) -> bool:
        return value is not None and (not self.log or value > 0)

    def place(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def at(self, value: float) -> float:
        share = (self.place(value) - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(max(share, -1), 2)  # what is outside is cut off

    def ticks(self) -> list[tuple[float, str]]:
        """Values and their labels, as many as have room."""
        for most in (6, 4, 3, 2):
            ticks = self.some_ticks(most)
            if self.start > self.end or 8 * sum(len(label) + 1 for _, label in ticks) < self.end - self.start:
                break
        return ticks

    def some_ticks(self, most: int) -> list[tuple[float, str]]:
        """Some `most`: decades, 1, 2, 5, or steps of 1, 2, 5 times a power of ten."""
        if self.log and self.high - self.low >= 1.3:
            decades = range(math.floor(self.low), math.floor(self.high) + 1)
            step = math.ceil(len(decades) / (most + 1))
            few = self.high - self.low <= most / 2
            values = [d * 10.0**e for e in decades for d in ((1, 2, 5) if few else (1,)) if e % step == 0]
            plain = -3 <= self.low and self.high <= 4
            return [(v, number(v) if few or plain else "10" + superscript(round(math.log10(v))))
                    for v in values if self.low <= self.place(v) <= self.high]
        low, high = (10**self.low, 10**self.high) if self.log else (self.low, self.high)
        rough = (high - low) / most
        if not 0 < rough < math.inf:  # the ends are one number, or as far apart as numbers go
            return []
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(f * size for f in (1, 2, 5, 10) if f * size >= rough)
        values = [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
        return [(v, number(v)) for v in values if not self.log or v > 0]


def axis_of(setting: dict, values: list, padding: float, start: float, end: float) -> Axis:
    """What spans these values, unless the setting fixes an end."""
    axis = Axis(setting["log"], 0, 1, start, end)
    places = [axis.place(v) for v in values if axis.shows(v) and abs(v) < 1e299 and not (axis.log and v < 1e-299)]
    low, high = min(places, default=0), max(places, default=1)
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-280):
        room = 0.1 * abs(low) or 0.5
        low, high = low - room, high + room
    room = padding * (high - low)
    fixed = [axis.place(setting[e]) if axis.shows(setting.get(e)) else None for e in ("low", "high")]
    to_zero = not axis.log and 0 <= low < 0.35 * high  # an axis that almost reaches zero may as well begin there
    axis.low = fixed[0] if fixed[0] is not None else 0 if to_zero else low - room
    axis.high = fixed[1] if fixed[1] is not None else high + room
    if axis.high <= axis.low:
        axis.low, axis.high = low - room, high + room
    if axis.log:  # what is still a number as a power of ten
        axis.low, axis.high = max(axis.low, -300), min(axis.high, 300)
    return axis


def path_of(points: list) -> str:
    """A line through the points, with a gap at each None."""
    out, begins = [], True
    for point in points:
        if point:
            out.append(f"{'M' if begins else 'L'}{point[0]:.1f},{point[1]:.1f}")
        begins = point is None
    return "".join(out)


def point(told: bool, x: float, y: float, text: str, shape: str, target: str = "") -> str:
    """What tells its value: on hover, and `told` when its curve has the focus. `target`: where the pointer finds it, if
    not around the point."""
    across = ' text-anchor="end"' if x > (LEFT + RIGHT) / 2 else ""
    side, below = (-8 if across else 8), (18 if y < TOP + 20 else -8)
    target = target or f'<circle class="target" cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
    return (f'<g class="point{" told" if told else ""}">{target}{shape}'
            f'<text x="{x + side:.1f}" y="{y + below:.1f}"{across}>{html.escape(text)}</text></g>')


def together(points: list[tuple], name: str, told: set[int]) -> str:
    """The points of a curve, each what point() takes; with the focus those at `told` tell their values."""
    drawn = "".join(point(i in told, *one) for i, one in enumerate(points))
    label = f"{html.escape(name)}, {len(points)} values"
    return f'<g tabindex="0" role="img" aria-label="{label}">{drawn}</g>' if points else ""


def dash_of(series: dict) -> str:
    kind, second = series["kind"], series.get("second")
    return SECOND.get(kind, DASHED) if second else DASHES.get(kind, "")


def dashed(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""


def area(series: dict, d: str) -> str:
    """A pale one; an outline of a second run's."""
    kind = f'class="outline"{dashed(DASHED)}' if series.get("second") else 'class="area"'
    return f'<path {kind} d="{d}Z"/>'


def histogram(series: dict, x: Axis, y: Axis) -> str:
    """Its bins tell from where to where they go."""
    base = BOTTOM if y.log else y.at(max(y.low, 0))
    edges = [(a, b) for a, b in zip(series["x"], series["y"]) if x.shows(a) and y.shows(b)]
    steps, points, heights = [], [], [b for _, b in edges[:-1]]
    for (left, density), (right, _) in zip(edges, edges[1:]):
        a, b, top = x.at(left), x.at(right), y.at(density)
        steps += [(a, top), (b, top)]
        target = f'<path class="target" d="M{a:.1f},{base:.1f}V{min(top, base - 4):.1f}H{b:.1f}V{base:.1f}z"/>'
        points.append(((a + b) / 2, top, f"{number(left)} to {number(right)}: {number(density)}", "", target))
    if not steps:
        return ""
    d = f"M{steps[0][0]:.1f},{base:.1f}" + path_of(steps).replace("M", "L") + f"L{steps[-1][0]:.1f},{base:.1f}"
    line = "" if series.get("second") else f'<path class="line" d="{d}"/>'
    return area(series, d) + line + together(points, series["name"] or "a histogram", {0, heights.index(max(heights))})


def hides(front: dict, back: dict, y: Axis) -> bool:
    """Whether one curve lies on another all along, to two pixels."""
    if front["kind"] != back["kind"] or front["kind"] != "line" or front["x"] != back["x"]:
        return False
    both = [(a, b) for a, b in zip(front["y"], back["y"]) if y.shows(a) and y.shows(b)]
    return all(abs(y.at(a) - y.at(b)) <= 2 for a, b in both)


def curve(series: dict, x: Axis, y: Axis, hidden: int) -> str:
    """`hidden`: so many later curves lie on it, so it is drawn wider than they are."""
    kind = series["kind"]
    if kind == "histogram":
        return histogram(series, x, y)
    shown = [(a, b) if x.shows(a) and y.shows(b) else None for a, b in zip(series["x"], series["y"])]
    at = [(x.at(p[0]), y.at(p[1])) if p else None for p in shown]
    stroke = dashed(dash_of(series)) + (f' stroke-width="{2 + 2 * hidden}"' if hidden else "")
    if kind == "band":
        high = [(x.at(a), y.at(b)) for a, b in zip(series["x"], series.get("high", [])) if x.shows(a) and y.shows(b)]
        return area(series, path_of([p for p in at if p] + high[::-1])) if high else ""
    if kind == "vertical":
        across = [f"{x.at(a):.1f}" for a in series["x"] if x.shows(a)]
        return "".join(f'<path class="line"{stroke} d="M{a},{TOP}V{BOTTOM}"/>' for a in across)
    line = "" if kind == "points" else f'<path class="line"{stroke} d="{path_of(at)}"/>'
    if kind == "theory":
        return line
    step = math.ceil(len(shown) / MOST_POINTS)
    few = len(shown) <= FEW
    points = []
    for i, (value, place) in enumerate(zip(shown, at)):
        if not value or not (kind == "points" or i % step == 0 or i == len(shown) - 1):
            continue
        if not (LEFT - 1 <= place[0] <= RIGHT + 1 and TOP - 1 <= place[1] <= BOTTOM + 1):
            continue  # beyond an end that the figure fixes
        shape = dot(series, *place, (3 if few else 2) + hidden) if few or kind == "points" else ""
        points.append((*place, f"{number(value[0])}: {number(value[1])}", shape))
    told = set(range(0, len(points), math.ceil(len(points) / AT_ONCE) if len(points) > FEW else 1))
    return line + together(points, series["name"] or "a curve", told)


def dot(series: dict, x: float, y: float, radius: int) -> str:
    hollow = " hollow" if series.get("second") else ""
    return f'<circle class="dot{hollow}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'


def colour_of(series: dict) -> str:
    known = re.fullmatch("#[0-9A-Fa-f]{6}", series["colour"]) and series["colour"] != "#000000"
    return series["colour"] if known else "var(--text)"  # black is the text's colour, in the dark too


def legend(curves: list[dict]) -> str:
    out = []
    for series in curves:
        if not series["name"]:
            continue
        dots = series["kind"] == "points" or (series["kind"] == "line" and len(series["x"]) <= FEW)
        mark = dot(series, 13, 5, 3) if dots else ""
        line = "" if series["kind"] == "points" else f'<path class="line"{dashed(dash_of(series))} d="M0,5H26"/>'
        out.append(f'<li style="--c:{colour_of(series)}"><svg viewBox="0 0 26 10" class="key curve">{line}{mark}</svg>'
                   f'{html.escape(series["name"])}</li>')
    return f'<ul class="legend">{"".join(out)}</ul>\n' if out else ""


def key_of_runs(first: str, second: str) -> str:
    """How the two runs of a comparison look, and what each says of itself."""
    out = []
    for run, words, is_second in (("first", first, False), ("second", second, True)):
        series = {"kind": "line", "second": is_second}
        key = area(series, "M1,1H43V15H1") + f'<path class="line"{dashed(dash_of(series))} d="M1,8H43"/>'
        words = html.escape(f"{run}: {words}" if words else run)
        out.append(f'<li><svg viewBox="0 0 44 16" class="key">{key}{dot(series, 22, 8, 3)}</svg>{words}</li>')
    return f'<ul class="legend of-runs">{"".join(out)}</ul>\n'


def words_of(data: dict) -> str:
    """A panel's title, and what stands upward."""
    words = f'<p class="of-panel"><strong>{html.escape(data["title"])}</strong> {html.escape(data["subtitle"])}</p>' \
        if data["title"] or data["subtitle"] else ""
    return words + (f'<p class="of-axis">{html.escape(data["y"]["label"])}</p>' if data["y"]["label"] else "")


def panel(data: dict, title: str = "") -> str:
    """One panel of curves, its title above and its legend below."""
    curves = sorted(data["series"], key=lambda s: KINDS.index(s["kind"]))
    tall = [v for s in curves for v in s["y"] + s.get("high", []) if s["kind"] != "vertical"]
    wide = [v for s in curves for v in s["x"]]
    x = axis_of(data["x"], wide, 0.025, LEFT, RIGHT)
    y = axis_of(data["y"], tall, 0.06, BOTTOM, TOP)
    out = [f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" '
           f'aria-label="{html.escape(title or data["title"])}">']
    end = 0
    for value, label in x.ticks():
        half = 4 * len(label)
        middle = min(x.at(value), WIDTH - half)  # so that it is not cut off
        out.append(f'<path class="grid" d="M{x.at(value):.1f},{TOP}V{BOTTOM + 5}"/>')
        if middle - half >= end:  # nor on the one before
            end = middle + half + 2
            out.append(f'<text class="tick" x="{middle:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{label}</text>')
    for value, label in y.ticks():
        out.append(f'<path class="grid" d="M{LEFT - 5},{y.at(value):.1f}H{RIGHT}"/>'
                   f'<text class="tick" x="{LEFT - 9}" y="{y.at(value) + 4.5:.1f}" text-anchor="end">{label}</text>')
    out.append(f'<path class="axis" d="M{LEFT},{TOP}V{BOTTOM}H{RIGHT}"/>'
               f'<text class="tick" x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 42}" text-anchor="middle">'
               f'{html.escape(data["x"]["label"])}</text>'
               f'<svg x="{LEFT}" y="{TOP - 4}" width="{RIGHT - LEFT + 6}" height="{BOTTOM - TOP + 8}" '
               f'viewBox="{LEFT} {TOP - 4} {RIGHT - LEFT + 6} {BOTTOM - TOP + 8}">')
    for i, s in enumerate(curves):
        hidden = sum(hides(later, s, y) for later in curves[i + 1 :])
        out.append(f'<g class="curve" style="--c:{colour_of(s)}">{curve(s, x, y, hidden)}</g>')
    return f'<div class="panel">{words_of(data)}{"".join(out)}</svg></svg>\n{legend(data["series"])}</div>\n'


def band(accepted: dict | None, measured: list[tuple[float | None, float | None]], words: str) -> str:
    """A claim's band and what was measured, from low to high, of one run or of two; an arrow where it is far off."""
    if not accepted:
        return ""
    ends = [v for v in (accepted["low"], accepted["high"]) if v is not None]
    if not ends:
        return ""
    low, high = min(ends), max(ends)
    wide = (high - low) or max(abs(high), 1e-12)
    if not math.isfinite(wide):
        return ""
    place = lambda v: min(max(40 + 80 * ((v - low) / wide if high > low else 0.5 + (v - low) / wide), 6), 154)
    left = place(low) if accepted["low"] is not None else 0
    right = place(high) if accepted["high"] is not None else 160
    out = [f'<rect class="accepted" x="{left:.1f}" y="4" width="{max(right - left, 2):.1f}" height="16"/>']
    for i, (least, most) in enumerate(measured):
        if least is None or most is None:
            continue
        a, b, y = place(least), place(most), 12 if len(measured) == 1 else 8 + 8 * i
        out.append(f'<path class="measured run-{i}" d="M{a:.1f},{y}H{b:.1f}"/>')
        for v in {a, b}:
            beyond = -1 if v <= 6 else 1 if v >= 154 else 0
            out.append(f'<path class="dot run-{i}" d="M{v:.1f},{y - 4}l{5 * beyond},4l{-5 * beyond},4z"/>' if beyond else
                       f'<circle class="dot run-{i}" cx="{v:.1f}" cy="{y}" r="3.5"/>')
    return f'<svg class="band" viewBox="0 0 160 24" role="img" aria-label="{html.escape(words)}">{"".join(out)}</svg>'
