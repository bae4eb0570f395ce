"""Evenkeel's objects as they lie in a program's memory, for any debugger.

A debugger brings a Memory. Nothing here calls into the program: std::vector, std::unique_ptr and
std::string are read as libstdc++ and libc++ lay them out. What is not an object, or not yet, is
Garbage, whose text says what is wrong with it.
"""

import array
import math
import re
import struct

MOST_NODES = 1_000_000
MOST_ENTRIES = 1 << 40
SCALARS = {"double": "d", "float": "f", "unsigned long long": "Q", "unsigned long": "Q",
           "long long": "q", "long": "q", "unsigned int": "I", "int": "i", "unsigned char": "B"}


class Garbage(Exception):
    pass


class Memory:
    """What a debugger must offer."""

    def read(self, address, size):
        """The bytes there; Garbage if they cannot be read."""

    def members(self, type_name):
        """name -> (offset, type name), inherited ones too; Garbage if the type is not known."""

    def symbol(self, address):
        """What stands there, "vtable for evenkeel::Relu"; or ""."""

    def source(self, address):
        """(path, line) of the function there; or None."""

    def number(self, address, code="Q"):
        return struct.unpack("<" + code, self.read(address, struct.calcsize(code)))[0]

    def vector(self, address, size):
        """(first, count) of a std::vector of things of this size."""
        first, end, reserved = struct.unpack("<QQQ", self.read(address, 24))
        if not first <= end <= reserved or (end - first) % size or (end - first) // size > MOST_NODES:
            raise Garbage("its list is none")
        return first, (end - first) // size

    def string(self, address, type_name):
        head = self.read(address, 24)
        if "view" in type_name:
            size, first = struct.unpack("<QQ", head[:16])
            if "__1::" in type_name:  # libc++
                size, first = first, size
        elif "__1::" not in type_name:
            first, size = struct.unpack("<QQ", head[:16])
        elif head[0] & 1:
            size, first = struct.unpack("<QQ", head[8:])
        else:
            first, size = address + 1, head[0] >> 1
        if size > 10_000:
            raise Garbage("its text is none")
        return self.read(first, size).decode("utf-8", "replace")


class Object:
    TYPE = ""

    def __init__(self, memory, address):
        self.memory, self.address = memory, address

    def place(self, name):
        return self.address + self.memory.members(self.TYPE)[name][0]

    def number(self, name, code="Q"):
        return self.memory.number(self.place(name), code)

    def flag(self, name):
        value = self.number(name, "B")
        if value > 1:
            raise Garbage(f"{name} is neither true nor false")
        return bool(value)

    def text(self, name):
        return self.memory.string(self.place(name), self.memory.members(self.TYPE)[name][1])

    def matrix(self, name):
        return Matrix.at(self.memory, self.place(name), self.memory.members(self.TYPE)[name][1])


class Matrix:
    """A Matrix whose sizes agree and whose entries can be read; else Garbage."""

    def __init__(self, memory, type_name, rows, cols, elements, state, first):
        scalar = re.search(r"arma::(?:Mat|Col|Row)<([\w ]+)>", type_name)
        if not scalar or scalar[1] not in SCALARS:
            raise Garbage(f"no matrix: {type_name}")
        # One that owns its memory has none while it is empty.
        if (rows * cols != elements or max(rows, cols, elements) > MOST_ENTRIES or state > 3
                or (first and not elements and not state)):
            raise Garbage("its sizes contradict each other")
        self.memory, self.rows, self.cols, self.elements = memory, rows, cols, elements
        self.code, self.first = SCALARS[scalar[1]], first
        self.bytes_each = struct.calcsize(self.code)
        if elements:
            memory.read(first, 1)
            memory.read(first + elements * self.bytes_each - 1, 1)

    @classmethod
    def at(cls, memory, address, type_name):
        members = memory.members(type_name)
        rows, cols, elements, state, first = (
            memory.number(address + members[name][0], code)
            for name, code in (("n_rows", "Q"), ("n_cols", "Q"), ("n_elem", "Q"), ("mem_state", "H"),
                               ("mem", "Q")))
        return cls(memory, type_name, rows, cols, elements, state, first)

    @property
    def shape(self):
        return f"{self.rows} x {self.cols}"

    def entries(self, first, count):
        return array.array(self.code, self.memory.read(self.first + first * self.bytes_each,
                                                       count * self.bytes_each))

    def corner(self, most_rows, most_cols):
        """The top left corner, row after row."""
        rows = min(self.rows, most_rows)
        columns = [self.entries(j * self.rows, rows) for j in range(min(self.cols, most_cols))]
        return [[column[i] for column in columns] for i in range(rows)]

    def is_finite(self):
        return all(math.isfinite(sum(chunk)) or all(map(math.isfinite, chunk))
                   for chunk in self.chunks())

    def chunks(self, size=1 << 20):
        for start in range(0, self.elements, size):
            yield self.entries(start, min(size, self.elements - start))


def said_by(body):
    """(condition, name, member, other name) of `return "relu"`, `return norm`, `return c ? "a" : "b"`."""
    return re.search(r'return\s+(?:(\w+)\s*\?\s*)?(?:"(\w+)"|(\w+))(?:\s*:\s*"(\w+)")?;', body).groups()


class Op(Object):
    """An op behind its pointer: its type from its vtable, its name from the line that returns it."""

    FORWARD, BACKWARD = 3, 4  # slots of the vtable: two destructors, name, run_forward, run_backward

    def __init__(self, memory, address):
        super().__init__(memory, address)
        self.table = memory.number(address)
        found = re.match(r"vtable for (.*?)(?: \+ \d+)?$", memory.symbol(self.table))
        if not found:
            raise Garbage("its op is none")
        self.TYPE = found[1]

    def function(self, slot):
        return self.memory.number(self.table + 8 * slot)

    @property
    def plain_type(self):
        return re.split(r"::(?![^<]*>)", self.TYPE)[-1]

    @property
    def name(self):
        try:
            path, line = self.memory.source(self.function(2))
            with open(path, encoding="utf-8") as file:
                body = " ".join(file.read().splitlines()[line - 1:line + 3])
            condition, first, member, second = said_by(body)
            if member:
                return self.text(member)
            return second if condition and not self.flag(condition) else first
        except (Garbage, KeyError, OSError, TypeError, AttributeError):
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.plain_type).lower()


class Parameter(Object):
    TYPE = "evenkeel::Parameter"

    @property
    def name(self):
        return self.text("name")

    @property
    def value(self):
        return self.matrix("value")

    @property
    def gradient(self):
        return self.matrix("gradient") if self.flag("has_gradient") else None


class Node(Object):
    TYPE = "evenkeel::Node"

    def __init__(self, memory, address, index):
        super().__init__(memory, address)
        self.index = index
        self.is_leaf = self.flag("is_leaf")
        self.has_gradient = self.flag("has_gradient")
        parameter = self.number("parameter")
        self.parameter = Parameter(memory, parameter) if parameter else None

    @property
    def op(self):
        return None if self.is_leaf else Op(self.memory, self.number("op"))

    @property
    def kind(self):
        if not self.is_leaf:
            return self.op.name
        if self.parameter:
            return "parameter"
        return "variable" if self.flag("requires_grad") else "constant"

    @property
    def label(self):
        return self.text("label")

    @property
    def inputs(self):
        first, count = self.memory.vector(self.place("inputs"), 4)
        return list(struct.unpack(f"<{count}I", self.memory.read(first, 4 * count)))

    @property
    def value(self):
        return self.parameter.value if self.parameter else self.matrix("own_value")

    @property
    def gradient(self):
        """None where the last backward did not come by."""
        if not self.has_gradient:
            return None
        if self.parameter:
            return self.parameter.matrix("gradient")
        lent = self.number("lent_gradient")
        type_name = self.memory.members(self.TYPE)["own_gradient"][1]
        return Matrix.at(self.memory, lent or self.place("own_gradient"), type_name)

    def describe(self):
        label = f" '{self.label}'" if self.label else ""
        index = "" if self.index is None else f" {self.index}"  # not looked for on its tape
        return f"node{index} {self.kind}{label}, {self.value.shape}"


class Tape(Object):
    TYPE = "evenkeel::Tape"

    def __init__(self, memory, address):
        super().__init__(memory, address)
        self.first, self.made = memory.vector(self.place("nodes_"), 8)
        self.size = self.number("size_")
        if self.size > self.made or not self.number("generation_", "I"):
            raise Garbage("its sizes contradict each other")
        if self.size:
            self.node(self.size - 1)

    def node(self, index):
        if not 0 <= index < self.made:
            raise Garbage(f"there is no node {index}: the tape has {self.size}")
        return Node(self.memory, self.memory.number(self.first + 8 * index), index)

    def nodes(self):
        return [self.node(i) for i in range(self.size)]

    def running(self):
        """The node whose op is at work, or None."""
        address = self.number("running_")
        at = struct.unpack(f"<{self.made}Q", self.memory.read(self.first, 8 * self.made))
        return self.node(at.index(address)) if address in at else None

    def called(self, text):
        """The nodes of this number, label or op; the first of these that any has."""
        if text.isdigit():
            return [self.node(int(text))] if int(text) < self.size else []
        nodes = self.nodes()
        return ([node for node in nodes if node.label == text] or
                [node for node in nodes if node.kind == text])


class Var:
    """A handle; Garbage says why it points to no node."""

    def __init__(self, memory, tape, index, generation):
        if not tape:
            raise Garbage("an empty Var")
        self.tape = Tape(memory, tape)
        now = self.tape.number("generation_", "I")
        if generation != now or index >= self.tape.size:
            raise Garbage(f"a Var from before a rewind, where it was node {index}"
                          if 0 < generation < now else "its node is none")
        self.node = self.tape.node(index)

    @classmethod
    def at(cls, memory, address):
        members = memory.members("evenkeel::Var")
        return cls(memory, memory.number(address + members["tape_"][0]),
                   memory.number(address + members["index_"][0], "I"),
                   memory.number(address + members["generation_"][0], "I"))
