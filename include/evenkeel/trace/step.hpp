#pragma once
// Step through a trace in the terminal, forwards and backwards: the tape as a list, the formula
// with the current line marked, numbers and shaded cells.
//
//   tape.backward(loss);
//   step_through(tape);        // one line in a program of your own; q ends it
//
// In a pipe, or where ncurses was not found at build time, every step is printed as text.

#include "evenkeel/trace/trace.hpp"

namespace evenkeel {

enum class Stepped {
  ended,    ///< q
  go_on,    ///< n: the program is to go on to its next backward pass
  printed,  ///< no terminal: everything was printed
};

Stepped step_through(const Trace& trace);
/// Every step as text, one pass of one node after the other.
std::string steps_as_text(const Trace& trace);
Stepped step_through(const Tape& tape, std::string title = {});

}  // namespace evenkeel
