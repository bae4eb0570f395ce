#include "evenkeel/core/tape.hpp"

#include <fmt/format.h>

#include <atomic>

#include "tape_internals.hpp"

namespace evenkeel {

namespace {

// Shared by all tapes of the process, so that a handle of a dead tape never fits a new one in its
// place.
std::uint64_t next_generation() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

std::string_view Node::kind() const {
  if (!is_leaf) return op->name();
  if (parameter) return "parameter";
  return requires_grad ? "variable" : "constant";
}

void Tape::require_idle(std::string_view what) const {
  if (!running_) return;
  fail(running_->kind(),
       fmt::format("{} inside the op's forward or backward: these compute with matrices; compose "
                   "Vars in a function outside the op",
                   what));
}

// --- making nodes --------------------------------------------------------------------------------

Tape::Tape() : generation_(next_generation()), first_generation_(generation_) {}

Node& Tape::next_node() {
  require_idle("a node is made");
  if (size_ == nodes_.size()) nodes_.emplace_back();
  return nodes_[size_];
}

Var Tape::append(bool requires_grad) {
  Node& node = nodes_[size_];
  node.requires_grad = requires_grad;
  node.has_gradient = false;
  node.label.clear();
  if (node.parameter) node.label = node.parameter->name;
  if (check_finite_) require_finite(node.value(), node.kind(), "value", node, size_);
  return Var(this, static_cast<std::uint32_t>(size_++), generation_);
}

Var Tape::leaf(Parameter* parameter, bool requires_grad) {
  Node& node = next_node();
  node.is_leaf = true;
  node.parameter = parameter;
  node.inputs.clear();
  return append(recording_ && requires_grad);
}

Var Tape::constant(const Matrix& x) {
  next_node().own_value = x;
  return leaf(nullptr, false);
}

Var Tape::variable(const Matrix& x) {
  next_node().own_value = x;
  return leaf(nullptr, true);
}

Var Tape::parameter(Parameter& p) {
  return leaf(&p, p.requires_grad);
}

Tape& Tape::of(std::span<const Input> inputs) {
  for (const Input& input : inputs) {
    if (!input.parameter_) return input.var_.tape();
  }
  if (inputs.empty()) fail("tape", "an op needs at least one input");
  fail("tape", fmt::format("all inputs of this op are parameters (the first is '{}'), which are on "
                           "no tape: write tape.parameter(w) for one of them",
                           inputs[0].parameter_->name));
}

Var Tape::record(std::span<const Input> inputs, const std::function<void(Node&)>& take_op) {
  Tape& tape = of(inputs);
  const Index before = tape.size_;
  try {
    Node& node = tape.next_node_with(inputs);
    {
      const Running running(tape, node);
      take_op(node);
      try {
        node.op->run_forward(tape.input_values_, node.own_value);
      } catch (const Error& error) {
        throw Error(error.what() + list_inputs(node, tape.nodes_));
      } catch (const std::logic_error& error) {  // Armadillo's: sizes that do not fit
        throw Error(fmt::format("[{}] in forward: {}{}", node.kind(), error.what(),
                                list_inputs(node, tape.nodes_)));
      }
    }
    return tape.append(node.requires_grad);
  } catch (...) {
    tape.size_ = before;  // takes the leaves of the parameters off again
    throw;
  }
}

// The node behind its inputs, with leaves for the parameters among them.
Node& Tape::next_node_with(std::span<const Input> inputs) {
  require_idle("a node is made");  // before the lists below, which a running op is using
  inputs_.clear();
  for (const Input& input : inputs) {
    const Var var = input.parameter_ ? parameter(*input.parameter_) : input.var_;
    checked(var);
    inputs_.push_back(var.index_);
  }
  Node& node = next_node();
  node.is_leaf = false;
  node.parameter = nullptr;
  node.requires_grad = false;
  node.inputs = inputs_;
  input_values_.clear();
  for (std::uint32_t input : inputs_) {
    input_values_.push_back(&nodes_[input].value());
    node.requires_grad |= recording_ && nodes_[input].requires_grad;
  }
  return node;
}

void Tape::rewind() {
  require_idle("the tape is rewound");
  size_ = 0;
  generation_ = next_generation();
}

// --- looking -------------------------------------------------------------------------------------

const Node& Tape::node(Index index) const {
  if (index >= size_) {
    fail("tape", fmt::format("there is no node {}: the tape has {}", index, size_));
  }
  return nodes_[index];
}

Var Tape::var(Index index) {
  node(index);
  return Var(this, static_cast<std::uint32_t>(index), generation_);
}

const Node& Tape::checked(Var var) const {
  if (!var.tape_) fail("tape", "this Var is empty: it was never made on a tape");
  if (var.tape_ != this) fail("tape", "the inputs of one op must be on one tape, got two tapes");
  if (var.generation_ < first_generation_) {
    fail("tape", fmt::format("this Var is from a tape that is gone, where it was node {}: this "
                             "tape only stands at its address",
                             var.index_));
  }
  if (var.generation_ != generation_) {
    fail("tape", fmt::format("this Var is from before a rewind, where it was node {}", var.index_));
  }
  return nodes_[var.index_];
}

Node& Tape::checked(Var var) {
  return const_cast<Node&>(std::as_const(*this).checked(var));
}

void Tape::require_finite(const Matrix& x, std::string_view maker, std::string_view what,
                          const Node& node, Index index) const {
  if (x.is_finite()) return;
  fail(maker, fmt::format("made the first NaN or Inf: it is in the {} of {}", what,
                          describe(node, index)));
}

// --- for errors ----------------------------------------------------------------------------------

std::string describe(const Node& node, Index index) {
  const std::string label = node.label.empty() ? "" : fmt::format(" '{}'", node.label);
  return fmt::format("node {} {}{}, {}", index, node.kind(), label,
                     to_string(shape_of(node.value())));
}

std::string list_inputs(const Node& node, const std::deque<Node>& nodes) {
  std::string text;
  for (std::uint32_t input : node.inputs) {
    text += fmt::format("\n  input: {}", describe(nodes[input], input));
  }
  return text;
}

}  // namespace evenkeel
