"""How gdb prints a Matrix, Var, Parameter, Node, Tape. They believe nothing: until its line has run,
a variable is whatever was on the stack."""

import re

import gdb
import gdb.printing

from .. import objects, show
from . import program
from ..objects import Garbage


def in_a_variables_pane():
    """Whether an editor drives gdb: its variables pane has one line for each."""
    with open("/proc/self/cmdline", encoding="utf-8", errors="replace") as file:
        return re.search(r"\0(--?interpreter|-i)[=\0]mi", file.read()) is not None


class Printer:
    """One kind of object: `read` it, `brief` as an argument in a backtrace, else `full`; `line` in a
    variables pane."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            object_ = self.read()
            if getattr(gdb, "print_options", dict)().get("summary"):
                return self.brief(object_)
            return self.line(object_) if IN_A_PANE else self.full(object_)
        except (Garbage, gdb.error) as problem:
            return f"not made yet: {problem}"


class MatrixPrinter(Printer):
    def read(self):
        return program.matrix_of(self.value)

    def brief(self, matrix):
        return matrix.shape

    def line(self, matrix):
        return show.line(matrix)

    def full(self, matrix):
        return show.corner(matrix)


class VarPrinter(Printer):
    def read(self):
        return program.var_of(self.value)

    def brief(self, var):
        return var.node.describe()

    def line(self, var):
        gradient = f", gradient {show.line(var.node.gradient)}" if var.node.has_gradient else ""
        return f"{var.node.describe()}: {show.line(var.node.value)}{gradient}"

    def full(self, var):
        return show.var(var)


class ParameterPrinter(Printer):
    def read(self):
        return program.parameter_of(self.value)

    def brief(self, parameter):
        return f"'{parameter.name}', {parameter.value.shape}"

    def line(self, parameter):
        gradient = f", gradient {show.line(parameter.gradient)}" if parameter.gradient else ""
        return f"'{parameter.name}': {show.line(parameter.value)}{gradient}"

    def full(self, parameter):
        return show.parameter(parameter)


class NodePrinter(Printer):
    def read(self):
        return objects.Node(program.MEMORY, int(program.target(self.value).address), None)

    def brief(self, node):
        return node.describe()

    def line(self, node):
        return f"{node.describe()}: {show.line(node.value)}"

    def full(self, node):
        return f"{node.describe()}\nvalue {show.corner(node.value)}"


class TapePrinter(Printer):
    def read(self):
        return objects.Tape(program.MEMORY, int(program.target(self.value).address))

    def brief(self, tape):
        return show.tape_summary(tape)

    full = line = brief


KINDS = {r"arma::(Mat|Col|Row)<(double|float|unsigned long long)>": MatrixPrinter,
         "evenkeel::Var": VarPrinter, "evenkeel::Parameter": ParameterPrinter,
         "evenkeel::Node": NodePrinter, "evenkeel::Tape": TapePrinter}
IN_A_PANE = in_a_variables_pane()


def find(value):
    kind = value.type.strip_typedefs()
    pointer = kind.code == gdb.TYPE_CODE_PTR
    if pointer and int(value) == 0:
        return None
    if pointer or kind.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        kind = kind.target()
    for pattern, printer in KINDS.items():
        if re.fullmatch(pattern, program.type_name(kind)):
            # A gradient comes as a pointer; other pointers are printed as such.
            return None if pointer and not pattern.startswith("arma") else printer(value)
    return None


find.name, find.enabled = "evenkeel", True
gdb.printing.register_pretty_printer(None, find, replace=True)
