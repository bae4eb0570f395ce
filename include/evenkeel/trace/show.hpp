#pragma once
// The tape as a table to read and as a graph to draw.

#include <iosfwd>
#include <string>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// One line per node: index, op, label, shape, σ of the value, σ of the gradient (– where there is
/// none). σ is over all entries, dividing by their number.
std::string table(const Tape& tape);
std::ostream& operator<<(std::ostream& out, const Tape& tape);

/// The graph in Graphviz's language: `dot -Tsvg tape.dot > tape.svg`.
std::string dot(const Tape& tape);

}  // namespace evenkeel
