#pragma once
// What one node of a tape computed, line by line.

#include <map>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/trace/formula.hpp"

namespace evenkeel {

/// The lines of a node's formula, and what gave the intermediate ones, by their symbols. Output and
/// gradients are not among the values: the tape has them.
struct Explanation {
  Formula formula;
  std::map<std::string, Matrix> forward, backward;
};

/// Of node `index`, which has an op.
Explanation explain(const Tape& tape, Index index);

}  // namespace evenkeel
