#include "evenkeel/core/tape.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace evenkeel {

namespace {

// "node 4 relu 'h1', 64×100": how errors point at a node
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

void require_gradient_shape(const Node& node, std::size_t k, const Matrix& gradient,
                            const Matrix& value) {
  if (shape_of(gradient) == shape_of(value)) return;
  require_shape(node.kind(), fmt::format("the gradient of input {}", k), gradient, shape_of(value),
                "to match its value");
}

}  // namespace

std::string_view Node::kind() const {
  if (!is_leaf) return op->name();
  if (parameter) return "parameter";
  return requires_grad ? "variable" : "constant";
}

// --- making nodes --------------------------------------------------------------------------------

Node& Tape::next_node() {
  if (size_ == nodes_.size()) nodes_.emplace_back();
  return nodes_[size_];
}

Var Tape::append(bool requires_grad) {
  Node& node = nodes_[size_];
  node.requires_grad = requires_grad;
  node.has_gradient = false;
  node.lent_gradient = nullptr;
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

Var Tape::record(Op& op, std::span<const Var> inputs) {
  Node& node = next_node();
  if (node.op.get() != &op) fail(op.name(), "call next() after the inputs are on the tape");
  bool requires_grad = false;
  input_values_.clear();
  node.inputs.clear();
  for (const Var& input : inputs) {
    const Node& source = checked(input);
    requires_grad |= source.requires_grad;
    input_values_.push_back(&source.value());
    node.inputs.push_back(input.index_);
  }
  try {
    op.run_forward(input_values_, node.own_value);
  } catch (const Error& error) {
    throw Error(error.what() + list_inputs(node, nodes_));
  } catch (const std::logic_error& error) {  // Armadillo's: sizes that do not fit
    throw Error(
        fmt::format("[{}] in forward: {}{}", op.name(), error.what(), list_inputs(node, nodes_)));
  }
  node.is_leaf = false;
  node.parameter = nullptr;
  return append(recording_ && requires_grad);
}

void Tape::rewind() {
  size_ = 0;
  ++generation_;
}

// --- backward ------------------------------------------------------------------------------------

void Tape::backward(Var loss) {
  const Shape shape = loss.shape();
  if (shape != Shape{1, 1}) {
    fail("backward",
         fmt::format("the loss must be 1×1, got {}: reduce it with sum or mean, or give "
                     "a cotangent: backward(y, dy)",
                     to_string(shape)));
  }
  backward(loss, Matrix(1, 1, arma::fill::ones));
}

void Tape::backward(Var y, const Matrix& cotangent) {
  prepare_backward(y, cotangent).lent_gradient = &cotangent;
  walk_back_from(y.index());
}

void Tape::backward(Var y, Matrix&& cotangent) {
  prepare_backward(y, cotangent).own_gradient = std::move(cotangent);
  walk_back_from(y.index());
}

// Checks, and forgets the gradients of an earlier backward.
Node& Tape::prepare_backward(Var y, const Matrix& cotangent) {
  Node& last = checked(y);
  require_shape("backward", "the cotangent", cotangent, y.shape(), "to match y");
  if (!last.requires_grad) {
    fail("backward", fmt::format("nothing here needs a gradient: {}", describe(last, y.index())));
  }
  if (last.parameter) fail("backward", "y is itself a parameter: there is nothing to walk back");
  if (check_finite_) require_finite(cotangent, "backward", "cotangent", last, y.index());

  for (Index i = 0; i < size_; ++i) {
    nodes_[i].has_gradient = false;
    nodes_[i].lent_gradient = nullptr;
  }
  last.has_gradient = true;
  return last;
}

void Tape::walk_back_from(Index last) {
  for (Index i = last + 1; i-- > 0;) {
    Node& node = nodes_[i];
    if (node.has_gradient && !node.is_leaf) backward_through(node);
  }
}

void Tape::backward_through(Node& node) {
  input_values_.clear();
  input_gradients_.clear();
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    input_values_.push_back(&nodes_[node.inputs[k]].value());
    input_gradients_.push_back(gradient_target(node, k));
  }
  try {
    node.op->run_backward(input_values_, node.own_value, node.gradient(), input_gradients_);
  } catch (const std::logic_error& error) {  // Armadillo's: sizes that do not fit
    throw Error(fmt::format("[{}] in backward: {}{}", node.kind(), error.what(),
                            list_inputs(node, nodes_)));
  }

  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    if (!input_gradients_[k]) continue;
    Node& input = nodes_[node.inputs[k]];
    require_gradient_shape(node, k, *input_gradients_[k], input.value());
    Matrix& total = input.parameter ? input.parameter->gradient : input.own_gradient;
    if (input_gradients_[k] != &total) total += *input_gradients_[k];
    input.has_gradient = true;
    if (input.parameter) input.parameter->has_gradient = true;
    if (check_finite_) {
      require_finite(total, node.kind(), "gradient", input, node.inputs[k]);
    }
  }
}

// Where op.backward shall write the gradient of its k-th input: straight into that input's gradient
// when it is the first to come, else into scratch, to be added. Null when nobody needs it.
Matrix* Tape::gradient_target(const Node& node, std::size_t k) {
  Node& input = nodes_[node.inputs[k]];
  if (!input.requires_grad) return nullptr;
  Matrix& total = input.parameter ? input.parameter->gradient : input.own_gradient;
  const bool has_one = input.parameter ? input.parameter->has_gradient : input.has_gradient;
  const bool taken = std::find(input_gradients_.begin(), input_gradients_.end(), &total) !=
                     input_gradients_.end();  // as in x % x
  return has_one || taken ? &scratch(k, input.value().n_elem) : &total;
}

Matrix& Tape::scratch(std::size_t input, Index elements) {
  return scratch_[{input, elements}];
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
  if (var.generation_ != generation_) {
    fail("tape",
         fmt::format("this Var is from before a rewind: it was node {} in round {}, the tape "
                     "is now in round {}",
                     var.index_, var.generation_, generation_));
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

// --- Var -----------------------------------------------------------------------------------------

Tape& Var::tape() const {
  if (!tape_) fail("tape", "this Var is empty: it was never made on a tape");
  return *tape_;
}

const Matrix& Var::value() const {
  return tape().checked(*this).value();
}
bool Var::has_gradient() const {
  return tape().checked(*this).has_gradient;
}
bool Var::requires_grad() const {
  return tape().checked(*this).requires_grad;
}
std::string_view Var::label() const {
  return tape().checked(*this).label;
}

const Matrix& Var::gradient() const {
  const Node& node = tape().checked(*this);
  if (!node.has_gradient) {
    fail("gradient", fmt::format("the last backward did not reach {}", describe(node, index_)));
  }
  return node.gradient();
}

Var Var::label(std::string_view text) const {
  tape().checked(*this).label = text;
  return *this;
}

}  // namespace evenkeel
