"""How Evenkeel's objects are shown: statistics, corners, shaded cells, tables. Text in, text out."""

import math

from .objects import Garbage

CORNER = 8  # rows and columns shown
QUICK = 1 << 16  # entries that a print looks at; `stats` looks at all
BLUE_TO_RED = (27, 33, 75, 153, None, 224, 217, 210, 203)  # as in the step view
SHADES = " ░▒▓█"


class Statistics:
    """Of the finite entries; sigma divides by their number. A mean that is 0 but for rounding is 0."""

    def __init__(self, matrix, most=None):
        entries = [float(x) for chunk in
                   ([matrix.entries(0, min(matrix.elements, most))] if most else matrix.chunks())
                   for x in chunk]
        finite = [x for x in entries if math.isfinite(x)]
        self.nan = sum(x != x for x in entries)
        self.inf = len(entries) - len(finite) - self.nan
        self.of_first = len(entries) if len(entries) < matrix.elements else 0
        self.mean = self.sigma = self.min = self.max = math.nan
        if finite:
            self.mean = math.fsum(finite) / len(finite)
            self.sigma = math.sqrt(math.fsum((x - self.mean) ** 2 for x in finite) / len(finite))
            self.min, self.max = min(finite), max(finite)
            rounding = 5e-7 if matrix.code == "f" else 1e-15
            if abs(self.mean) < rounding * max(-self.min, self.max):
                self.mean = 0

    def __str__(self):
        text = f"mean {self.mean:.4g}  σ {self.sigma:.4g}  min {self.min:.4g}  max {self.max:.4g}"
        text += f"  {self.nan} NaN" * (self.nan > 0) + f"  {self.inf} Inf" * (self.inf > 0)
        return text + f"  (of the first {self.of_first} entries)" * (self.of_first > 0)


def summary(matrix, most=QUICK):
    """One line: 6 x 4  mean …  σ …"""
    if matrix.elements == 0:
        return f"{matrix.shape}, empty"
    if matrix.elements == 1:
        return f"{matrix.shape}  = {float(matrix.entries(0, 1)[0]):.4g}"
    return f"{matrix.shape}  {Statistics(matrix, most)}"


def row_texts(matrix):
    lines = ["".join(f"{float(x):11.4g}" for x in row) + "  ..." * (matrix.cols > CORNER)
             for row in matrix.corner(CORNER, CORNER)]
    return lines + ["        ..."] * (matrix.rows > CORNER)


def corner(matrix):
    """The summary, and under it the top left corner."""
    return "\n".join([summary(matrix)] + row_texts(matrix) * (matrix.elements > 1))


def line(matrix):
    """One line with the corner in it, for a variables pane: 2 x 2  [1 2; 3 4]  mean …"""
    if matrix.elements <= 1:
        return summary(matrix)
    rows = "; ".join(" ".join(row.split()) for row in row_texts(matrix))
    return f"{matrix.shape}  [{rows}]  {Statistics(matrix, QUICK)}"


def shade(entry, largest):
    """-4 … 4; of what is not finite None."""
    if not math.isfinite(entry):
        return None
    return round(4 * entry / largest)


def coloured_rows(matrix, most=(8, 6)):
    """The corner in eight colours, which every terminal has: blue below zero, red above."""
    rows = matrix.corner(*most)
    largest = largest_of(rows)
    lines = []
    for row in rows:
        cells = []
        for x in row:
            level = shade(x, largest) or 0
            colour = ("31", "41;37")[abs(level) > 2] if level > 0 else ("34", "44;37")[abs(level) > 2]
            cells.append(f"\033[{colour}m{x:8.3g}\033[0m" if level else f"{x:8.3g}")
        lines.append(" ".join(cells) + " …" * (matrix.cols > most[1]))
    return lines + ["       …"] * (matrix.rows > most[0])


def largest_of(rows):
    return max((abs(x) for row in rows for x in row if math.isfinite(x)), default=1) or 1


def heat(matrix, colours, most=(24, 40)):
    """Cells shaded by their size beside the largest; without colours as blocks, below zero with -."""
    rows = matrix.corner(*most)
    largest = largest_of(rows)
    lines = [summary(matrix)]
    for row in rows:
        cells = []
        for x in row:
            level = shade(x, largest)
            if level is None:
                cells.append(" !! ")
            elif level == 0:
                cells.append("  · ")
            elif not colours:
                cells.append(("-" if level < 0 else " ") + 2 * SHADES[abs(level)] + " ")
            else:
                cells.append(f"\033[48;5;{BLUE_TO_RED[level + 4]}m    \033[0m")
        lines.append("  " + "".join(cells) + "..." * (matrix.cols > most[1]))
    lines += ["  ..."] * (matrix.rows > most[0])
    key = "blue below zero, red above" if colours else "- below zero"
    return "\n".join(lines + [f"  darkest: {largest:.4g}; {key}; !! not finite"])


def attempt(make, *arguments):
    try:
        return make(*arguments)
    except Garbage as problem:
        return f"not made yet: {problem}"


def size(matrix):
    """σ in a column; of a single number that number; with a note of what is not finite."""
    if matrix is None:
        return "–"
    if matrix.elements == 1:
        return f"= {float(matrix.entries(0, 1)[0]):.4g}"
    if matrix.elements == 0:
        return "empty"
    statistics = Statistics(matrix, QUICK)
    broken = " NaN" * (statistics.nan > 0) or " Inf" * (statistics.inf > 0)
    return f"{'≈ ' * (statistics.of_first > 0)}{statistics.sigma:.4g}{broken}"


def table(tape):
    """The tape, a node a line; an arrow stands before the one that is at work."""
    nodes = tape.nodes()
    running = tape.running()
    if running and running.index == tape.size:  # in forward; it is not counted yet
        nodes.append(running)
    cells = [(str(n.index), n.kind, n.label, attempt(lambda n=n: n.value.shape.replace(" x ", "×")),
              attempt(lambda n=n: size(n.value)), attempt(lambda n=n: size(n.gradient)))
             for n in nodes]
    op, label = (max([8] + [len(cell[k]) for cell in cells]) for k in (1, 2))
    lines = []
    for cell in [("#", "op", "label", "shape", "σ value", "σ gradient")] + cells:
        arrow = "→" if running and cell[0] == str(running.index) else " "
        lines.append(f"{arrow}{cell[0]:>5}  {cell[1]:<{op}}  {cell[2]:<{label}}  {cell[3]:>11}  "
                     f"{cell[4]:>10}  {cell[5]:>10}".rstrip())
    return "\n".join(lines)


def node(tape, n):
    """What a node is, was made of and goes to, its value and its gradient."""
    lines = [n.describe()]
    lines += [f"  input: {tape.node(i).describe()}" for i in n.inputs] if not n.is_leaf else []
    lines += [f"  goes to: {m.describe()}" for m in tape.nodes()
              if not m.is_leaf and n.index in m.inputs]
    gradient = attempt(lambda: corner(n.gradient)) if n.has_gradient else "backward has not come by"
    return "\n".join(lines + ["value " + attempt(lambda: corner(n.value)), "gradient " + gradient])


def tape_summary(tape):
    backward = sum(n.has_gradient for n in tape.nodes())
    return f"a tape of {tape.size} nodes, {backward} with a gradient"


def var(v):
    gradient = summary(v.node.gradient) if v.node.has_gradient else "backward has not come by"
    return f"{v.node.describe()}\nvalue {corner(v.node.value)}\ngradient {gradient}"


def parameter(p):
    gradient = summary(p.gradient) if p.gradient else "none since zero_gradient()"
    frozen = "" if p.flag("requires_grad") else ", frozen"
    return f"'{p.name}'{frozen}, {corner(p.value)}\ngradient {gradient}"


def where_nan(tape):
    """The first node, forward and then backward, that is not finite though what it came from is."""
    nodes = tape.nodes()
    for n in nodes:
        if not n.value.is_finite():
            made = "put on the tape so" if n.is_leaf else "its inputs are finite"
            return f"{n.describe()}: its value is not finite, {made}: {summary(n.value, None)}"
    finite = {n.index: n.gradient.is_finite() for n in nodes if n.has_gradient}
    for n in reversed(nodes):
        if finite.get(n.index, True):
            continue
        users = [m for m in nodes if not m.is_leaf and m.index in finite and n.index in m.inputs]
        blamed = [m for m in users if finite[m.index]]
        by = f"made by the backward of {blamed[-1].describe()}" if blamed else "it came in so"
        if blamed or not users:
            return f"{n.describe()}: its gradient is not finite, {by}: {summary(n.gradient, None)}"
    return "every value and gradient on the tape is finite"
