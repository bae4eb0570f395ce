"""lldb for Evenkeel: (lldb) command script import scripts/lldb/evenkeel.py

  frame variable x  a Matrix with its statistics and top left corner; a Var, Parameter, Tape
  tape              the tape that this function, or the nearest of its callers, works on
  node X            its inputs, users, value and gradient: by number, label or op
  where-nan         the first node that is not finite although what it came from is
"""

import os
import sys

import lldb

sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from evenkeel_debugger import objects, show  # noqa: E402
from evenkeel_debugger.objects import Garbage  # noqa: E402


class Lldb(objects.Memory):
    def __init__(self, target):
        self.target, self.process, self.known = target, target.GetProcess(), {}

    def read(self, address, size):
        error = lldb.SBError()
        content = self.process.ReadMemory(address, size, error) if size else b""
        if error.Fail() or content is None:
            raise Garbage(f"cannot access memory at address {address:#x}")
        return content

    def members(self, type_name):
        if type_name not in self.known:
            found = self.target.FindFirstType(type_name)
            if not found.IsValid():
                raise Garbage(f"{type_name} is not known: build with --buildtype=debug")
            self.known[type_name] = dict(self.members_of(found, 0))
        return self.known[type_name]

    def members_of(self, type_, start):
        for base in type_.get_bases_array():
            yield from self.members_of(base.GetType(), start + base.GetOffsetInBytes())
        for field in type_.get_fields_array():
            yield field.GetName(), (start + field.GetOffsetInBytes(), type_name(field.GetType()))

    def symbol(self, address):
        found = self.target.ResolveLoadAddress(address).GetSymbol()
        return found.GetName() or "" if found.IsValid() else ""

    def source(self, address):
        entry = self.target.ResolveLoadAddress(address).GetLineEntry()
        return (entry.GetFileSpec().fullpath, entry.GetLine()) if entry.IsValid() else None


def type_name(type_):
    return type_.GetCanonicalType().GetUnqualifiedType().GetName()


def memory_of(value):
    return Lldb(value.GetTarget())


def place_of(value):
    """The address of what it is, or of what it points or refers to."""
    kind = value.GetType()
    if kind.IsPointerType() or kind.IsReferenceType():
        return value.GetValueAsUnsigned()
    return value.GetLoadAddress()


def plain_type(value):
    kind = value.GetType().GetCanonicalType()
    if kind.IsReferenceType():
        kind = kind.GetDereferencedType()
    return type_name(kind.GetPointeeType() if kind.IsPointerType() else kind)


def matrix(value):
    return show.corner(objects.Matrix.at(memory_of(value), place_of(value), plain_type(value)))


def var(value):
    return show.var(objects.Var.at(memory_of(value), place_of(value)))


def parameter(value):
    return show.parameter(objects.Parameter(memory_of(value), place_of(value)))


def tape(value):
    return show.tape_summary(objects.Tape(memory_of(value), place_of(value)))


def summary(make):
    def of(value, internal):
        value = value.GetNonSyntheticValue()
        if value.GetType().IsPointerType() and value.GetValueAsUnsigned() == 0:
            return "null"
        return show.attempt(make, value)
    return of


class NoChildren:
    """The summary says it all: its members are not listed below it."""

    def __init__(self, value, internal):
        pass

    def num_children(self):
        return 0


matrix_summary, var_summary, parameter_summary, tape_summary = map(
    summary, (matrix, var, parameter, tape))


def current_tape(frame):
    """The tape of the nearest caller that has one."""
    while frame and frame.IsValid():
        for value in frame.GetVariables(True, True, False, True):
            try:
                memory, name = memory_of(value), plain_type(value)
                if name == "evenkeel::Tape":
                    return objects.Tape(memory, place_of(value))
                if name == "evenkeel::Recording":
                    place = place_of(value) + memory.members(name)["tape_"][0]
                    return objects.Tape(memory, memory.number(place))
                if name == "evenkeel::Var":
                    return objects.Var.at(memory, place_of(value)).tape
            except Garbage:
                pass
        frame = frame.parent
    raise Garbage("no caller has a tape")


def look(make):
    def command(debugger, argument, context, result, internal):
        try:
            result.AppendMessage(make(current_tape(context.GetFrame()), argument.strip()))
        except Garbage as problem:
            result.SetError(str(problem))
    return command


def nodes_text(tape_, argument):
    nodes = tape_.called(argument)
    if not nodes:
        raise Garbage(f"no node is called {argument!r}")
    return "\n".join(show.node(tape_, n) for n in nodes)


tape_command = look(lambda tape_, argument: show.table(tape_))
node_command = look(nodes_text)
where_nan_command = look(lambda tape_, argument: show.where_nan(tape_))


TYPES = {"-x ^arma::(Mat|Col|Row)<.+>$": "matrix", "evenkeel::Matrix": "matrix",
         "evenkeel::Var": "var", "evenkeel::Parameter": "parameter", "evenkeel::Tape": "tape"}


def __lldb_init_module(debugger, internal):
    said = [f"type summary add -w evenkeel -F {__name__}.{function}_summary {types}"
            for types, function in TYPES.items()]
    said += [f"type synthetic add -w evenkeel -l {__name__}.NoChildren {types}" for types in TYPES]
    said += [f"command script add -f {__name__}.{name.replace('-', '_')}_command {name}"
             for name in ("tape", "node", "where-nan")]
    # Where it stopped, without the arguments: a matrix has many lines.
    said += ["type category enable evenkeel", "settings set target.process.thread.step-avoid-regexp "
             "^(arma|std|fmt)::", 'settings set frame-format "frame #${frame.index}: ${function.name-without-args}'
             '{ at ${line.file.fullpath}:${line.number}}\\n"']
    for command in said:
        debugger.HandleCommand(command)
