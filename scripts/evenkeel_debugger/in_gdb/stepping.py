"""gdb's commands that move: next-op, until-op, back-op. The program runs by itself: breakpoints stop
it, nothing is called in it. back-op writes its memory: the counter of the tape's loop, and the
gradients that were there before."""

import gdb

from .. import objects
from . import program
from ..objects import Garbage

FORWARD, BACKWARD = "evenkeel::Recording::run", "evenkeel::Tape::backward_through"


def op_here():
    """(tape, node, "forward" or "backward"): at the entry of one of the two functions above."""
    frame = gdb.newest_frame()
    if not frame.function():
        raise Garbage("no debug information")
    if frame.function().name.startswith(FORWARD):
        recording = frame.read_var("this").dereference()
        tape = objects.Tape(program.MEMORY, int(recording["tape_"].referenced_value().address))
        return tape, tape.running(), "forward"
    tape = objects.Tape(program.MEMORY, int(frame.read_var("this")))
    return tape, tape.node(int(frame.read_var("index"))), "backward"


class Dispatch(gdb.Breakpoint):
    """Where the tape hands over to an op; stops if `wanted` says so."""

    def __init__(self, function, wanted):
        super().__init__(function, internal=True)
        self.silent = True
        self.wanted = wanted

    def stop(self):
        try:
            return self.wanted(*op_here())
        except Garbage:
            return True  # run_to_op says why


def run_to_op(wanted):
    """Runs to the first forward or backward that is wanted, and into the function of its formula."""
    points = [Dispatch(function, wanted) for function in (FORWARD, BACKWARD)]
    try:
        for point in points:
            point.thread = thread_at_work()
        reached = any(point in points for point in resume())
        if reached:
            tape, node, pass_ = op_here()
    finally:
        for point in points:
            point.delete()
    if not reached:
        return  # the user's own breakpoint, the end, or a signal: gdb has said it
    print(f"{pass_} of node {node.index} {node.kind}" + f" '{node.label}'" * (
        pass_ == "backward" and node.label != ""))
    formula = gdb.Breakpoint(function=program.formula(node.op, pass_), qualified=True, internal=True)
    formula.silent = True
    formula.thread = gdb.selected_thread().global_num
    try:
        told = any(point.visible for point in resume())  # gdb says it of the user's breakpoints
    finally:
        formula.delete()
    if not told:
        gdb.execute("frame")


def thread_at_work():
    """This thread's number, if it has a tape: other threads' ops are not its next. Else None: any."""
    try:
        program.current_tape()
        return gdb.selected_thread().global_num
    except gdb.GdbError:
        return None


def resume():
    """Goes on; the breakpoints that stopped it."""
    hit = []

    def note(event):
        hit.extend(getattr(event, "breakpoints", []))

    gdb.events.stop.connect(note)
    try:
        gdb.execute("continue")
    finally:
        gdb.events.stop.disconnect(note)
    return hit


class Move(gdb.Command):
    def __init__(self, name, move):
        self.__doc__ = move.__doc__
        self.move = move
        super().__init__(name, gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        if not gdb.selected_thread():
            raise gdb.GdbError("the program does not run: break main, run")
        try:
            self.move(gdb.string_to_argv(argument))
        except Garbage as problem:
            raise gdb.GdbError(f"the tape cannot be read here (a debug build?): {problem}") from None


def next_op(arguments):
    """next-op: run to the next op's forward or backward, whichever it is."""
    run_to_op(lambda tape, node, pass_: True)


def until_op(arguments):
    """until-op NAME [forward|backward]: run until an op of this name, type, label or number."""
    if not arguments or arguments[1:] not in ([], ["forward"], ["backward"]):
        raise gdb.GdbError("until-op NAME [forward|backward]")

    def wanted(tape, node, pass_):
        names = [str(node.index), node.kind, node.op.plain_type]
        names += [node.label] * (pass_ == "backward")  # in forward it has none yet
        return arguments[0] in names and pass_ in (arguments[1:] or [pass_])

    run_to_op(wanted)


class Before:
    """The gradients of a tape as they are now, to be put back when ops run a second time."""

    def __init__(self, tape, index):
        self.tape, self.index = tape, index
        self.kept = []  # (address, bytes)
        for node in tape.nodes():
            places = [node.place("has_gradient")]
            if node.parameter:
                places.append(node.parameter.place("has_gradient"))
            self.kept += [(place, program.MEMORY.read(place, 1)) for place in places]
            self.kept.append((node.place("claimed"), b"\0"))
            has_one = node.parameter.flag("has_gradient") if node.parameter else node.has_gradient
            gradient = node.parameter.matrix("gradient") if node.parameter else node.gradient
            if has_one and gradient and gradient.elements:
                size = gradient.elements * gradient.bytes_each
                self.kept.append((gradient.first, program.MEMORY.read(gradient.first, size)))

    def restore(self):
        for address, content in self.kept:
            gdb.selected_inferior().write_memory(address, content)


class Rerun(gdb.Breakpoint):
    """Puts the gradients back before each op that runs a second time, and lets it run."""

    now = None

    def __init__(self, before):
        super().__init__(BACKWARD, internal=True)
        self.silent = True
        self.before = before

    def stop(self):
        tape, node, _ = op_here()
        if tape.address == self.before.tape.address:
            self.before.restore()
            if node.index <= self.before.index:  # from here on it is the first time
                self.enabled = False
                Rerun.now = None
        return False


def forget(event):
    Rerun.now = None


gdb.events.exited.connect(forget)


def walk_of(tape):
    """The frame of the tape's loop over its nodes, from the end to the front."""
    frame = gdb.newest_frame()
    while frame and frame.name() != "evenkeel::Tape::walk_back_from":
        frame = frame.older()
    if not frame:
        raise gdb.GdbError("there is no backward here to go back in")
    return frame


def back_op(arguments):
    """back-op [NODE]: the backward of the op before this one once more, or of a node passed already.
    Its inputs are still on the tape; the gradients are put back as they were. The op at work ends
    first, and all between run again as they did."""
    tape = program.current_tape()
    walk = walk_of(tape)
    here = program.current_node(tape)
    after = [n for n in tape.nodes() if n.index > here.index and n.has_gradient and not n.is_leaf]
    chosen = after[:1]
    if arguments:
        named_so = {n.index for n in tape.called(arguments[0])}
        chosen = [n for n in [here] + after if n.index in named_so]
    if not chosen:
        raise gdb.GdbError("there is no such op between this one and where backward began")
    goal = chosen[0].index
    counter = walk.read_var("i")
    if counter.is_optimized_out or counter.address is None or int(counter) != here.index:
        raise gdb.GdbError("the tape's loop cannot be set: build with --buildtype=debug")
    if Rerun.now is None:
        Rerun.now = Rerun(Before(tape, here.index))
    gdb.selected_inferior().write_memory(int(counter.address), (goal + 1).to_bytes(8, "little"))
    run_to_op(lambda tape_, node, pass_: pass_ == "backward" and node.index == goal)


for name, move in (("next-op", next_op), ("until-op", until_op), ("back-op", back_op)):
    Move(name, move)
