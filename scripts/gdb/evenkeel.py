"""gdb for Evenkeel: (gdb) source scripts/gdb/evenkeel.py

  print x   shows a Matrix as its shape and its top left corner
  tape      shows the tape that this function, or the nearest of its callers, works on
  step      passes over Armadillo, the standard library and fmt (see: info skip)
"""

import re

import gdb

CORNER = 8  # rows and columns shown


class MatrixPrinter:
    def __init__(self, matrix):
        self.matrix = matrix

    def to_string(self):
        try:
            return self.corner(int(self.matrix["n_rows"]), int(self.matrix["n_cols"]))
        except (gdb.MemoryError, ValueError) as problem:
            return f"not made yet: {problem}"

    def corner(self, rows, cols):
        # Until its line has run, a Matrix is whatever was on the stack: believe nothing.
        if rows * cols != int(self.matrix["n_elem"]) or int(self.matrix["mem_state"]) > 3:
            raise ValueError("its sizes contradict each other")
        shape = f"{rows} x {cols}"
        if getattr(gdb, "print_options", dict)().get("summary"):  # an argument in a backtrace
            return shape
        if rows * cols == 0:
            return f"{shape}, empty"
        lines = [shape]
        for i in range(min(rows, CORNER)):
            entries = [self.matrix["mem"][i + j * rows] for j in range(min(cols, CORNER))]
            lines.append("".join(f"{float(x):11.4g}" for x in entries) + "  ..." * (cols > CORNER))
        return "\n".join(lines + ["        ..."] * (rows > CORNER))


def type_name(value):
    return str(value.type.strip_typedefs().unqualified())


def matrix_printer(value):
    code = value.type.strip_typedefs().code
    if code == gdb.TYPE_CODE_REF or code == gdb.TYPE_CODE_PTR and int(value) != 0:
        value = value.referenced_value()  # a gradient comes as a pointer
    return MatrixPrinter(value) if re.match(r"arma::(Mat|Col|Row)<", type_name(value)) else None


class TapeCommand(gdb.Command):
    """Show the tape that this function, or the nearest of its callers, works on."""

    def __init__(self):
        super().__init__("tape", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        frame = gdb.selected_frame() if gdb.selected_thread() else None
        while frame:
            address = tape_of(frame, "this") or tape_of(frame, "tape")
            if address:
                text = gdb.parse_and_eval(f"evenkeel::table(*(evenkeel::Tape*){address})")
                print(text["_M_dataplus"]["_M_p"].string("utf-8"), end="")
                return
            frame = frame.older()
        raise gdb.GdbError("no caller has a tape")


def tape_of(frame, name):
    """The address of the frame's variable of this name, if it is, points or refers to a Tape."""
    try:
        value = frame.read_var(name)
    except ValueError:  # no such variable here
        return None
    if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_PTR):
        value = value.referenced_value()
    return int(value.address) if type_name(value) == "evenkeel::Tape" else None


gdb.pretty_printers.append(matrix_printer)
gdb.execute("skip -rfu ^(arma|std|__gnu_cxx|fmt)::", to_string=True)
gdb.execute("skip -rfu ^evenkeel::(fast|current)_kernels", to_string=True)
TapeCommand()
