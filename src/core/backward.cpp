// The tape's walk from the loss back to the leaves.

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "tape_internals.hpp"

namespace evenkeel {

namespace {

using Bits = std::conditional_t<sizeof(Scalar) == 8, std::uint64_t, std::uint32_t>;

// Stands in the first entry of a gradient before the op's backward: a NaN of its own kind, which no
// computation makes, but which one that adds to dx keeps.
const Scalar unwritten = std::bit_cast<Scalar>(
    std::bit_cast<Bits>(std::numeric_limits<Scalar>::quiet_NaN()) | Bits{0x1e5e7});

void require_gradient(const Node& node, std::size_t k, const Matrix& gradient,
                      const Matrix& value) {
  if (shape_of(gradient) != shape_of(value)) {
    require_shape(node.kind(), fmt::format("the gradient of input {}", k), gradient,
                  shape_of(value), "to match its value");
  }
  if (gradient.empty() || std::bit_cast<Bits>(gradient[0]) != std::bit_cast<Bits>(unwritten)) {
    return;
  }
  fail(node.kind(), fmt::format("backward did not write the gradient of input {}: it must set all "
                                "of it, and not add to what is there",
                                k));
}

}  // namespace

void Tape::backward(Var loss) {
  const Shape shape = loss.shape();
  if (shape != Shape{1, 1}) {
    fail("backward",
         fmt::format("the loss must be 1×1, got {}: reduce it with sum or mean, or give "
                     "an upstream gradient: backward(y, dy)",
                     to_string(shape)));
  }
  backward(loss, Matrix(1, 1, arma::fill::ones));
}

void Tape::backward(Var y, const Matrix& dy) {
  require_idle("backward is called");
  Node& last = checked(y);
  require_shape("backward", "the upstream gradient", dy, y.shape(), "to match y");
  if (!last.requires_grad) {
    fail("backward", fmt::format("nothing here needs a gradient: {}", describe(last, y.index())));
  }
  if (last.parameter) fail("backward", "y is itself a parameter: there is nothing to walk back");
  if (check_finite_) require_finite(dy, "backward", "upstream gradient", last, y.index());

  for (Index i = 0; i < size_; ++i) nodes_[i].has_gradient = false;
  last.own_gradient = dy;
  last.has_gradient = true;
  for (Index i = y.index() + 1; i-- > 0;) {
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
  run_backward(node);
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    if (!input_gradients_[k]) continue;
    Node& input = nodes_[node.inputs[k]];
    require_gradient(node, k, *input_gradients_[k], input.value());
    Matrix& total = input.parameter ? input.parameter->gradient : input.own_gradient;
    if (input_gradients_[k] != &total) total += *input_gradients_[k];
    input.has_gradient = true;
    if (input.parameter) input.parameter->has_gradient = true;
    if (check_finite_) {
      require_finite(total, node.kind(), "gradient", input, node.inputs[k]);
    }
  }
}

void Tape::run_backward(Node& node) {
  const Running running(*this, node);
  try {
    node.op->run_backward(input_values_, node.own_value, node.gradient(), input_gradients_);
  } catch (const std::logic_error& error) {  // Armadillo's: sizes that do not fit
    throw Error(fmt::format("[{}] in backward: {}{}", node.kind(), error.what(),
                            list_inputs(node, nodes_)));
  }
}

// Where op.backward shall write the gradient of its k-th input: straight into that input's gradient
// when it is the first to come, else into a scratch buffer, to be added. Null when nobody needs it.
Matrix* Tape::gradient_target(const Node& node, std::size_t k) {
  Node& input = nodes_[node.inputs[k]];
  if (!input.requires_grad) return nullptr;
  Matrix& total = input.parameter ? input.parameter->gradient : input.own_gradient;
  const bool has_one = input.parameter ? input.parameter->has_gradient : input.has_gradient;
  const bool taken = std::find(input_gradients_.begin(), input_gradients_.end(), &total) !=
                     input_gradients_.end();  // as in x % x
  Matrix& target = has_one || taken ? scratch_buffer(k, input.value().n_elem) : total;
  if (!target.empty()) target[0] = unwritten;
  return &target;
}

Matrix& Tape::scratch_buffer(std::size_t input, Index elements) {
  std::deque<Matrix>& buffers =
      elements <= arma::arma_config::mat_prealloc ? small_scratch_ : scratch_;
  if (buffers.size() <= input) buffers.resize(input + 1);
  return buffers[input];
}

}  // namespace evenkeel
