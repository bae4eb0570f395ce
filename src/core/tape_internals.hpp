#pragma once
// What recording (tape.cpp) and backward (backward.cpp) share.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// "node 4 relu 'h1', 64×100": how errors point at a node.
std::string describe(const Node& node, Index index);
/// A line for each input of the node.
std::string list_inputs(const Node& node, const std::deque<Node>& nodes);

// While an op is at work its tape stands still: the deque of nodes and the lists of inputs are in
// use.
class Tape::Running {
 public:
  Running(Tape& tape, const Node& node) : tape_(tape) { tape_.running_ = &node; }
  ~Running() { tape_.running_ = nullptr; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Tape& tape_;
};

}  // namespace evenkeel
