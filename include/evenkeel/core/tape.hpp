#pragma once
// The tape is a list: nodes in the order they were made. Backward walks it from the end to the
// front. No sorting, no recursion: the exact reverse of what you just watched.
//
//   Tape tape;
//   Var x = tape.constant(data);                 // features × samples
//   Var loss = mean(square(linear(x, w)));       // w is a Parameter
//   tape.backward(loss);                         // w.gradient
//   tape.rewind();                               // forget the nodes, keep their memory
//
// Derivatives of derivatives are out of scope: backward computes numbers and records nothing.

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "evenkeel/core/op.hpp"
#include "evenkeel/core/parameter.hpp"
#include "evenkeel/core/var.hpp"

namespace evenkeel {

/// One line of the tape. Leaves (constants, variables, parameters) have no op.
struct Node {
  std::unique_ptr<Op>
      op;  ///< kept over a rewind, with its buffers, for the next node in this place
  bool is_leaf = true;
  std::vector<std::uint32_t> inputs;
  std::string label;
  Parameter* parameter =
      nullptr;  ///< a leaf may stand for one; then value and gradient are its own
  bool requires_grad = false;
  bool has_gradient = false;
  Matrix own_value;
  Matrix own_gradient;
  const Matrix* lent_gradient = nullptr;  ///< the cotangent backward started from, not copied

  const Matrix& value() const { return parameter ? parameter->value : own_value; }
  const Matrix& gradient() const {
    return parameter ? parameter->gradient : lent_gradient ? *lent_gradient : own_gradient;
  }
  /// "constant", "variable", "parameter", or the op's name
  std::string_view kind() const;
};

class Tape {
 public:
  Tape() = default;
  Tape(const Tape&) = delete;  // handles point here
  Tape& operator=(const Tape&) = delete;

  /// A leaf without a gradient: data, targets. Copies x.
  Var constant(const Matrix& x);
  /// A leaf with a gradient that is nobody's parameter. Copies x.
  Var variable(const Matrix& x);
  /// A leaf that stands for p, without a copy: p must outlive the tape's use of it and stay
  /// unchanged between forward and backward. Its gradient is p.gradient, which adds up over
  /// backwards.
  Var parameter(Parameter& p);

  /// Walks the tape backwards from `loss`, which must be 1×1.
  void backward(Var loss);
  /// The same from any y, starting with ∂loss/∂y = cotangent (of y's shape). A cotangent with a
  /// name is lent, not copied: y.gradient() reads it, so keep it until the next backward or rewind.
  void backward(Var y, const Matrix& cotangent);
  void backward(Var y, Matrix&& cotangent);

  /// Forgets all nodes, keeps their memory: a training step in steady state allocates no matrix.
  /// Handles from before throw from now on.
  void rewind();

  /// While off, nodes are made without gradients (see NoGrad).
  bool recording() const { return recording_; }
  void set_recording(bool on) { recording_ = on; }

  /// On: the first NaN or Inf, forward or backward, throws an Error that names the node it came
  /// from.
  void check_finite(bool on) { check_finite_ = on; }

  Index size() const { return size_; }
  const Node& node(Index index) const;
  Var var(Index index);

  /// --- for ops -------------------------------------------------------------------------------
  /// The op object for the next node: last round's if it was of the same type, else a new one.
  /// Take it when all inputs are on the tape, set ALL its options, then pass it to record().
  template <class T>
  T& next();

  /// Runs op.forward on the inputs and appends the node. On an error the tape is as before, and the
  /// error's text gains the inputs' labels and shapes.
  Var record(Op& op, std::initializer_list<Var> inputs) {
    return record(op, std::span<const Var>(inputs.begin(), inputs.size()));
  }
  Var record(Op& op, std::span<const Var> inputs);

  /// Throws when `var` is empty, of another tape or from before a rewind.
  const Node& checked(Var var) const;

 private:
  friend class Var;
  Node& next_node();
  Node& checked(Var var);
  Var leaf(Parameter* parameter, bool requires_grad);
  Var append(bool requires_grad);
  Node& prepare_backward(Var y, const Matrix& cotangent);
  void walk_back_from(Index last);
  void backward_through(Node& node);
  Matrix* gradient_target(const Node& node, std::size_t input);
  Matrix& scratch(std::size_t input, Index elements);
  void require_finite(const Matrix& x, std::string_view maker, std::string_view what,
                      const Node& node, Index index) const;

  std::deque<Node> nodes_;  // a deque, so that references to values outlive the tape's growth
  Index size_ = 0;          // nodes in use; the rest keep memory for later
  std::uint32_t generation_ = 1;
  bool recording_ = true;
  bool check_finite_ = false;

  // Second and later contributions to one gradient land here before they are added. Keyed by the
  // input's place and its number of elements, so that a steady training step finds them again.
  std::map<std::pair<std::size_t, Index>, Matrix> scratch_;
  std::vector<const Matrix*> input_values_;
  std::vector<Matrix*> input_gradients_;
};

/// While it lives, nodes made on the tape need no gradient; backward passes them by.
class NoGrad {
 public:
  explicit NoGrad(Tape& tape) : tape_(tape), before_(tape.recording()) {
    tape.set_recording(false);
  }
  ~NoGrad() { tape_.set_recording(before_); }
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  Tape& tape_;
  bool before_;
};

template <class T>
T& Tape::next() {
  Node& node = next_node();
  const Op* kept = node.op.get();
  if (!kept || typeid(*kept) != typeid(T)) node.op = std::make_unique<T>();
  return static_cast<T&>(*node.op);
}

}  // namespace evenkeel
