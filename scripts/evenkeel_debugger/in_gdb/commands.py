"""gdb's commands that look: they read memory and call nothing in the program."""

import os

import gdb

from .. import show
from . import program
from ..objects import Garbage


class Look(gdb.Command):
    """A command that prints the text its function makes of its argument."""

    def __init__(self, name, make, complete=gdb.COMPLETE_SYMBOL):
        self.__doc__ = make.__doc__
        self.make = make
        super().__init__(name, gdb.COMMAND_DATA, complete)

    def invoke(self, argument, from_tty):
        try:
            print(self.make(argument.strip()))
        except Garbage as problem:
            raise gdb.GdbError(f"not made yet: {problem}") from None


def named_nodes(text):
    """Nodes by number, label or op; without a text the one whose op is at work."""
    tape = program.current_tape()
    if not text:
        return tape, [program.current_node(tape)]
    return tape, tape.called(text)


def evaluate(text):
    if not text:
        raise gdb.GdbError("of what? A label, a number, an op or a variable")
    try:
        return gdb.parse_and_eval(text)
    except gdb.error as problem:
        raise gdb.GdbError(f"neither a node of the tape nor a variable: {text} ({problem})") from None


def nodes_of(text):
    """The nodes that a label, number or op names, or the one that a Var does."""
    try:
        tape, nodes = named_nodes(text)
    except gdb.GdbError:
        nodes = []
    if nodes:
        return tape, nodes
    value = evaluate(text)
    if program.type_name(program.target(value).type) != "evenkeel::Var":
        raise gdb.GdbError(f"{text} is neither a node of the tape nor a Var")
    var = program.var_of(value)
    return var.tape, [var.node]


def matrices(text):
    """(title, matrix): of a variable of this name, else of the nodes so called."""
    try:
        value = gdb.parse_and_eval(text)
        name = program.type_name(program.target(value).type)
    except gdb.error:
        name = ""
    if name.startswith("arma::"):
        return [(text, program.matrix_of(value))]
    if name == "evenkeel::Parameter":
        return [(text, program.parameter_of(value).value)]
    return [(node.describe(), node.value) for node in nodes_of(text)[1]]


def tape(argument):
    """tape: the tape that this function, or the nearest of its callers, works on."""
    return show.table(program.current_tape())


def node(argument):
    """node X: a node by number, label or op: its inputs, users, value and gradient."""
    tape_, nodes = nodes_of(argument)
    return "\n".join(show.node(tape_, n) for n in nodes)


def value(argument):
    """value X: the value of a node, by label, number or op, or of a Var, Parameter or Matrix."""
    try:
        found = [(n.describe(), n.value) for n in nodes_of(argument)[1]]
    except gdb.GdbError:
        found = matrices(argument)
    return "\n".join(f"{title}\nvalue {show.corner(matrix)}" for title, matrix in found)


def grad(argument):
    """grad X: the gradient of a node, by label, number or op, or of a Var or Parameter."""
    try:
        found = [(n.describe(), n.gradient) for n in nodes_of(argument)[1]]
    except gdb.GdbError:
        parameter = evaluate(argument)
        if program.type_name(program.target(parameter).type) != "evenkeel::Parameter":
            raise
        found = [(argument, program.parameter_of(parameter).gradient)]
    return "\n".join(f"{title}\ngradient " + (show.corner(matrix) if matrix else
                                             "backward has not come by") for title, matrix in found)


def inputs(argument):
    """inputs [X]: what the op at work, or a node, was given."""
    tape_, nodes = nodes_of(argument) if argument else named_nodes("")
    lines = []
    for n in nodes:
        lines.append(n.describe() if n.index < tape_.size else f"node {n.index} {n.kind}")
        lines += ["  a leaf has no inputs"] if n.is_leaf else []
        lines += [f"{tape_.node(i).describe()}\nvalue {show.corner(tape_.node(i).value)}"
                  for i in n.inputs * (not n.is_leaf)]
    return "\n".join(lines)


def op(argument):
    """op [X]: the op at work, or a node's: its type, what it has saved, where its formula stands."""
    _, nodes = nodes_of(argument) if argument else named_nodes("")
    lines = []
    for n in nodes:
        if n.is_leaf:
            lines.append(f"{n.describe()}: a leaf has no op")
            continue
        op_ = n.op
        lines.append(f"node {n.index} {op_.name}: {op_.TYPE}")
        object_ = gdb.Value(op_.address).cast(gdb.lookup_type(op_.TYPE).pointer()).dereference()
        for field in object_.type.fields():
            if not field.is_base_class and hasattr(field, "bitpos"):
                lines.append(f"{field.name} = {object_[field].format_string()}")
        for pass_ in ("forward", "backward"):
            path, line = program.place(op_, pass_)
            lines.append(f"{pass_}: {os.path.relpath(path)}:{line}")
    return "\n".join(lines)


def stats(argument):
    """stats X: mean, σ, min, max, NaN and Inf of all entries of a variable or node."""
    return "\n".join(f"{title}: {show.summary(matrix, None)}" for title, matrix in matrices(argument))


def heat(argument):
    """heat X: a variable's or node's entries as shaded cells."""
    colours = os.isatty(1) and os.environ.get("TERM", "dumb") != "dumb" and "NO_COLOR" not in os.environ
    return "\n".join(f"{title}: {show.heat(matrix, colours)}" for title, matrix in matrices(argument))


def where_nan(argument):
    """where-nan: the first node, forward, then backward, that is not finite though its inputs are."""
    return show.where_nan(program.current_tape())


for command in (tape, node, value, grad, inputs, op, stats, heat, where_nan):
    Look(command.__name__.replace("_", "-"), command)
