"""What gdb knows of the program: its memory, its types, the tape that is at work."""

import re

import gdb

from .. import objects
from ..objects import Garbage


class Gdb(objects.Memory):
    def __init__(self):
        self.known = {}
        gdb.events.new_objfile.connect(lambda event: self.known.clear())

    def read(self, address, size):
        try:
            return bytes(gdb.selected_inferior().read_memory(address, size)) if size else b""
        except (gdb.error, OverflowError, ValueError) as problem:
            raise Garbage(str(problem)) from None

    def members(self, type_name):
        if type_name not in self.known:
            try:
                found = gdb.lookup_type(type_name)
            except gdb.error:
                raise Garbage(f"{type_name} is not known: build with --buildtype=debug") from None
            self.known[type_name] = dict(self.members_of(found.strip_typedefs(), 0))
        return self.known[type_name]

    def members_of(self, type_, start):
        for field in type_.fields():
            if not hasattr(field, "bitpos"):  # static
                continue
            place = start + field.bitpos // 8
            if field.is_base_class:
                yield from self.members_of(field.type.strip_typedefs(), place)
            else:
                yield field.name, (place, str(field.type.strip_typedefs().unqualified()))

    def symbol(self, address):
        said = gdb.execute(f"info symbol {address:#x}", to_string=True)
        return said.split(" in section")[0] if " in section" in said else ""

    def source(self, address):
        place = gdb.find_pc_line(address)
        return (place.symtab.fullname(), place.line) if place.symtab else None


MEMORY = Gdb()


def type_name(type_):
    return str(type_.strip_typedefs().unqualified())


def target(value):
    """What a pointer or reference leads to, else the value itself."""
    code = value.type.strip_typedefs().code
    if code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF, gdb.TYPE_CODE_PTR):
        return value.referenced_value()
    return value


def matrix_of(value):
    value = target(value)
    name = type_name(value.type)
    if value.address is not None:
        return objects.Matrix.at(MEMORY, int(value.address), name)
    fields = [int(value[field]) for field in ("n_rows", "n_cols", "n_elem", "mem_state", "mem")]
    return objects.Matrix(MEMORY, name, *fields)


def var_of(value):
    value = target(value)
    return objects.Var(MEMORY, *(int(value[name]) for name in ("tape_", "index_", "generation_")))


def parameter_of(value):
    return objects.Parameter(MEMORY, int(target(value).address))


def tape_of(value):
    """The Tape that this variable is, or leads to; else None."""
    try:
        value = target(value)
        name = type_name(value.type)
        if name == "evenkeel::Tape":
            return objects.Tape(MEMORY, int(value.address))
        if name == "evenkeel::Recording":
            return objects.Tape(MEMORY, int(value["tape_"].referenced_value().address))
        if name == "evenkeel::Var":
            return var_of(value).tape
    except (Garbage, gdb.error):
        pass
    return None


def variables(frame):
    try:
        block = frame.block()
    except RuntimeError:  # a function without debug information
        return
    while block and not block.is_global and not block.is_static:
        for symbol in block:
            if (symbol.is_variable or symbol.is_argument) and re.search(
                    r"evenkeel::(Tape|Recording|Var)\b", type_name(symbol.type)):
                yield symbol.value(frame)
        block = block.superblock


def current_tape():
    frame = gdb.selected_frame() if gdb.selected_thread() else None
    while frame:
        for variable in variables(frame):
            tape = tape_of(variable)
            if tape:
                return tape
        frame = frame.older()
    raise gdb.GdbError("no caller has a tape")


def current_node(tape):
    node = tape.running()
    if not node:
        raise gdb.GdbError("no op is at work here: name a node")
    return node


def formula(op, pass_):
    """The name of the function with the op's formula: its forward or backward, else what calls it."""
    name = f"{op.TYPE}::{pass_}"
    try:
        gdb.decode_line(name)
        return name
    except gdb.error:
        address = op.function(op.FORWARD if pass_ == "forward" else op.BACKWARD)
        return gdb.block_for_pc(address).function.name.split("(")[0]


def place(op, pass_):
    """Where that function stands: (path, line)."""
    found = gdb.decode_line(formula(op, pass_))[1][0]
    return found.symtab.fullname(), found.line
