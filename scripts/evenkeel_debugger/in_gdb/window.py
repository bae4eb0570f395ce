"""A window for a projector, (gdb) layout evenkeel: beside the source, the op at work and the matrices
of this function, as numbers and shaded, anew at each stop."""

import gdb

from .. import show
from . import program
from ..objects import Garbage

WINDOWS = []


def here(width):
    """The lines of the window: where on the tape, then each matrix that is there."""
    lines = []
    try:
        node = program.current_tape().running()
        if node:
            lines.append(f"node {node.index} {node.kind}" + f" '{node.label}'" * (node.label != ""))
    except (Garbage, gdb.error):
        pass
    frame = gdb.selected_frame()
    for name, value in matrices(frame):
        try:
            matrix = program.matrix_of(value)
        except (Garbage, gdb.error):
            continue  # its line has not run
        if matrix.elements:
            lines += ["", f"{name}  {show.summary(matrix)}"[:width - 1]] + show.coloured_rows(matrix)
    return lines


def matrices(frame):
    block, seen = frame.block(), set()
    while block and not block.is_global and not block.is_static:
        for symbol in block:
            kind = symbol.type and symbol.type.strip_typedefs()
            if not kind or symbol.name in seen or not (symbol.is_variable or symbol.is_argument):
                continue
            seen.add(symbol.name)
            if kind.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_PTR):
                kind = kind.target()
            if program.type_name(kind).startswith("arma::Mat<"):
                yield symbol.name, symbol.value(frame)
        block = block.superblock


class Window:
    def __init__(self, window):
        self.window, self.top = window, 0
        window.title = "evenkeel"
        WINDOWS.append(self)

    def render(self):
        if not self.window.is_valid():
            return
        try:
            lines = here(self.window.width)
        except (Garbage, gdb.error, RuntimeError):
            lines = ["the program does not run"]
        self.window.write("\n".join(lines[self.top:self.top + self.window.height]), True)

    def close(self):
        WINDOWS.remove(self)

    def vscroll(self, lines):
        self.top = max(0, self.top + lines)
        self.render()

    def hscroll(self, columns):
        pass


def refresh():
    for window in WINDOWS:
        window.render()


if hasattr(gdb, "register_window_type"):  # gdb 11, built with its text interface
    gdb.register_window_type("evenkeel", Window)
    gdb.events.before_prompt.connect(refresh)
    gdb.execute("tui new-layout evenkeel {-horizontal src 3 evenkeel 2} 3 status 0 cmd 1", to_string=True)
