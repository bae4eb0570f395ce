"""gdb for Evenkeel: (gdb) source scripts/gdb/evenkeel.py

  print x         a Matrix with its statistics and top left corner; a Var, Parameter, Tape
  tape            the tape that this function, or the nearest of its callers, works on
  node N          one node: inputs, users, value, gradient
  value X, grad X of a node by label, number or op, or of a Var or Parameter; inputs [X], op [X]
  stats X, heat X statistics of all entries, shaded cells: of a variable, else of a node
  where-nan       the first node that is not finite although what it came from is
  next-op         runs to the next op's forward or backward
  until-op NAME [forward|backward]
  back-op [NODE]  goes back to the backward of the op before this one
  layout evenkeel the source, and beside it the matrices of this function, for a projector
  step            passes over Armadillo, the standard library and fmt (see: info skip)
"""

import os
import sys

import gdb

# Not __file__: in a script that sources this one, that is the other's.
SCRIPTS = os.path.dirname(os.path.dirname(os.path.realpath((lambda: None).__code__.co_filename)))
if SCRIPTS not in sys.path:
    sys.path.append(SCRIPTS)

from evenkeel_debugger.in_gdb import commands, printers, stepping, window  # noqa: E402

LOADED = (commands, printers, stepping, window)
SKIPPED = ("^(arma|std|__gnu_cxx|fmt)::", "^evenkeel::(fast|current)_kernels",
           "^evenkeel::(kernels::)?(map|parallel_[a-z]+)[<(]")
for pattern in SKIPPED:
    if pattern not in gdb.execute("info skip", to_string=True):
        gdb.execute(f"skip -rfu {pattern}", to_string=True)
