"""Heat maps, matrices and pictures of a run as inline SVG. Each cell tells its value (a tooltip, <title>), without a
script; cells have the colours that the lesson gave them, in light and dark, and the letters of charts.py.

A picture is one image in the SVG: its pixels stand for nothing but themselves. So is what has more than MOST_CELLS
cells in a panel, which would make the page megabytes large; it says so, and where the values are.
"""

import base64
import html
import math
import struct
import zlib

import charts

MOST_CELLS = 2500
WIDTH = 440  # of the widest panel, as of a curve's
LETTER = 7.4  # the width of most letters of the 13 px that charts have
ROW = 20  # of letters
GAP = 0.35  # between names of several rows, in cells


def png(columns: int, rows: int, colours: bytes) -> str:
    """A picture of three bytes a pixel, as an address."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + colours[3 * columns * row : 3 * columns * (row + 1)] for row in range(rows))
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0))
    file += chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(file).decode()


def widest(words: list[str]) -> float:
    return LETTER * max(map(len, words), default=0)


class Layout:
    """Where cells lie: names at the left and below, cells square or as wide as their words."""

    def __init__(self, cells: dict):
        self.columns, self.rows, self.down = cells["columns"], cells["rows"], cells["down"]
        self.each = self.rows // max(len(self.down), 1)  # rows of one name
        self.gap = GAP if self.each > 1 else 0
        self.left = min(widest(self.down) + 12 if self.down else 2, WIDTH / 2)
        room = (WIDTH - 2 - self.left) / self.columns
        if cells["words"]:
            self.wide = min(max(widest(cells["words"]) + 10, widest(cells["across"]) + 8, 30), room)
            self.high = min(max(self.wide, ROW), 26)
        else:
            self.wide = self.high = min(240 / max(self.columns, self.rows), 24, room)
        self.right = self.left + self.wide * self.columns
        self.bottom = self.top(self.rows - 1) + self.high

    def top(self, row: int) -> float:
        return 2 + self.high * (row + self.gap * (row // self.each))


def described(data: dict, row: int, column: int) -> str:
    """What a cell is: the names of its row and its column, or their numbers."""
    cells = data["cells"]
    down = cells["down"][row * len(cells["down"]) // cells["rows"]] if cells["down"] else row + 1
    across = cells["across"][column] if column < len(cells["across"]) else column + 1
    names = [f"{label} {name}".strip() if isinstance(name, str) else str(name)
             for label, name in ((data["y"]["label"], down), (data["x"]["label"], across))]
    value = cells["values"][row * cells["columns"] + column] if cells["values"] else None
    words = cells["words"][row * cells["columns"] + column] if cells["words"] else "×"
    return f"{', '.join(names)}: {words if value is None else charts.number(value)}"


def one_by_one(data: dict, at: Layout) -> str:
    cells = data["cells"]
    between = 1 if cells["words"] else 0  # matrices of many cells have no gaps
    out = []
    for i in range(at.columns * at.rows):
        row, column = divmod(i, at.columns)
        x, y, colour = at.left + at.wide * column, at.top(row), cells["colours"][6 * i : 6 * i + 6]
        words = cells["words"][i] if cells["words"] else ""
        size = min(13, 13 * (at.wide - 4) / max(widest([words]), 1))
        red, green, blue = bytes.fromhex(colour)
        look = ' class="on-dark"' if red + 2 * green + blue < 4 * 130 else ""
        look += f' font-size="{size:.1f}"' if size < 13 else ""
        letters = f'<text x="{x + at.wide / 2:.1f}" y="{y + at.high / 2 + 0.35 * size:.1f}"{look}>' \
                  f'{html.escape(words)}</text>' if words and size >= 6 else ""
        out.append(f'<g><path fill="#{colour}" d="M{x:.1f},{y:.1f}h{at.wide - between:.1f}v{at.high - between:.1f}'
                   f'H{x:.1f}z"/>{letters}<title>{html.escape(described(data, row, column))}</title></g>')
    frame = f'<rect class="axis" x="{at.left:.1f}" y="2" width="{at.right - at.left:.1f}" height="{at.bottom - 2:.1f}"/>'
    return f'<g class="cells{" apart" if between else ""}">{"".join(out)}</g>{"" if between else frame}'


def names(data: dict, at: Layout) -> str:
    """Of rows and columns, as many as have room."""
    out, cells = [], data["cells"]
    step = math.ceil(ROW * 0.8 / (at.high * (at.each + at.gap)))
    for i, name in list(enumerate(at.down))[::step]:
        y = (at.top(i * at.each) + at.top(i * at.each + at.each - 1) + at.high) / 2 + 4.5
        out.append(f'<text class="tick" x="{at.left - 8:.1f}" y="{y:.1f}" text-anchor="end">{html.escape(name)}</text>')
    step = math.ceil((widest(cells["across"]) + 6) / at.wide)
    for i, name in list(enumerate(cells["across"]))[::step]:
        out.append(f'<text class="tick" x="{at.left + at.wide * (i + 0.5):.1f}" y="{at.bottom + 16:.1f}" '
                   f'text-anchor="middle">{html.escape(name)}</text>')
    return "".join(out)


def mixed(colours: list[str], share: float) -> bytes:
    """The colour at a share of the scale."""
    place = share * (len(colours) - 1)
    below = min(int(place), len(colours) - 2)
    pair = [bytes.fromhex(colour[1:]) for colour in colours[below : below + 2]]
    return bytes(round(a + (b - a) * (place - below)) for a, b in zip(*pair))


def scale_of(scale: dict, left: float, right: float, top: float) -> str:
    """A bar of the colours, with ticks; above it what they stand for."""
    axis = charts.Axis(scale["log"], 0, 1, left, right)
    axis.low, axis.high = axis.place(scale["low"]), axis.place(scale["high"])
    bar = png(64, 1, b"".join(mixed(scale["colours"], i / 63) for i in range(64)))
    out = [f'<image href="{bar}" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="9" '
           'preserveAspectRatio="none"/>']
    for value, label in axis.ticks():
        out.append(f'<path class="axis" d="M{axis.at(value):.1f},{top + 9:.1f}v4"/><text class="tick" '
                   f'x="{axis.at(value):.1f}" y="{top + 26:.1f}" text-anchor="middle">{label}</text>')
    if scale["meaning"]:
        out.append(f'<text class="tick" x="{left:.1f}" y="{top - 6:.1f}">{html.escape(scale["meaning"])}</text>')
    return "".join(out)


def arranged(figure: dict) -> str:
    """Panels of cells stand in the lesson's columns: pictures always, others where their letters stay large enough."""
    columns = max(1, min(figure["columns"], len(figure["panels"])))
    wide = max((Layout(one["cells"]).right for one in figure["panels"]), default=0) / WIDTH * 32
    pictures = all(not one["cells"]["words"] for one in figure["panels"])
    fits = pictures or columns * (wide + 2) <= 72  # the page has some 58 rem
    return f' class="panels of-cells in-columns" style="--columns:{columns}"' if fits else ' class="panels of-cells"'


def panel(data: dict, title: str = "") -> str:
    """One panel of cells, as charts.panel() draws one of curves."""
    cells, at = data["cells"], Layout(data["cells"])
    count, tell = at.columns * at.rows, bool(cells["words"] or cells["values"])
    bottom, right, below = at.bottom + 4, at.right + 2, ""
    if cells["across"]:
        bottom += ROW
    if data["x"]["label"]:
        bottom += ROW
        below += (f'<text class="tick" x="{(at.left + at.right) / 2:.1f}" y="{bottom - 4:.1f}" '
                  f'text-anchor="middle">{html.escape(data["x"]["label"])}</text>')
    if cells["scale"] and (cells["scale"]["meaning"] or not cells["words"]):  # numbers in a matrix need none
        words = ROW if cells["scale"]["meaning"] else 0
        ends = at.left + 8, max(at.right, at.left + max(150, widest([cells["scale"]["meaning"]]))) - 8
        below += scale_of(cells["scale"], *ends, bottom + 8 + words)
        bottom, right = bottom + 40 + words, max(right, ends[1] + 20)
    if tell and count <= MOST_CELLS:
        drawn, note = one_by_one(data, at), ""
    else:
        drawn = (f'<image class="pixels" href="{png(at.columns, at.rows, bytes.fromhex(cells["colours"]))}" x="{at.left:.1f}" '
                 f'y="2" width="{at.right - at.left:.1f}" height="{at.bottom - 2:.1f}" preserveAspectRatio="none"/>')
        note = f'<p class="facts">{count:,} cells are too many to tell their values here; run.json has them.</p>\n' \
            if tell else ""
    wide = min(right, WIDTH)
    size, words = 32 * wide / WIDTH, min(0.75 * len(data["title"]), 18)  # rem, as a curve of WIDTH is 32
    return (f'<div class="panel" style="width:{max(size, words):.1f}rem">{charts.words_of(data)}'
            f'<svg class="chart" style="max-width:{size:.1f}rem" viewBox="0 0 {wide:.0f} {bottom:.0f}" role="group" '
            f'aria-label="{html.escape(title or data["title"])}">{drawn}{names(data, at)}{below}</svg>\n{note}</div>\n')
