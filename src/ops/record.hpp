#pragma once
// Records an op without options.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

template <class T>
Var record(Var x) {
  Tape& tape = x.tape();
  return tape.record(tape.next<T>(), {x});
}

template <class T>
Var record(Var a, Var b) {
  Tape& tape = a.tape();
  return tape.record(tape.next<T>(), {a, b});
}

}  // namespace evenkeel
