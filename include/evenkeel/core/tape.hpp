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

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "evenkeel/core/op.hpp"
#include "evenkeel/core/parameter.hpp"
#include "evenkeel/core/var.hpp"

namespace evenkeel {

/// What a tape remembers of a parameter while a leaf stands for it, to notice in backward that it
/// is not what forward saw. Keeps 64 entries at most, so that it costs next to nothing.
class Watch {
 public:
  using Sample = std::array<Scalar, 64>;

  void start(const Parameter& p);
  /// Throws when the parameter has changed its value or its size since, was moved, or is gone.
  void require_unchanged(const Parameter& p, std::string_view name, Index node) const;

 private:
  std::weak_ptr<const char> life_;
  Shape shape_;
  Sample sample_;
};

/// One line of the tape. Leaves (constants, variables, parameters) have no op.
struct Node {
  std::unique_ptr<Op> op;       ///< kept over a rewind, with its buffers, for the next node here
  bool op_has_options = false;  ///< whether record() set options of it
  bool is_leaf = true;
  bool requires_grad = false;
  bool has_gradient = false;
  bool claimed = false;  ///< while an op's backward writes its gradient
  std::vector<std::uint32_t> inputs;
  Parameter* parameter = nullptr;  ///< of a leaf that stands for one: value and gradient are its
  const Matrix* lent_gradient = nullptr;  ///< the caller's dy, during backward, if by std::cref
  std::string label;
  std::unique_ptr<Watch> watch;  ///< over the parameter
  Matrix own_value;
  Matrix own_gradient;

  const Matrix& value() const { return parameter ? parameter->value : own_value; }
  const Matrix& gradient() const {
    return parameter ? parameter->gradient : lent_gradient ? *lent_gradient : own_gradient;
  }
  /// "constant", "variable", "parameter", or the op's name
  std::string_view kind() const;
};

/// "node 4 relu 'h1', 64×100": how errors point at a node.
std::string describe(const Node& node, Index index);

/// Each node keeps its address when the tape grows.
using Nodes = std::vector<std::unique_ptr<Node>>;

/// A tape belongs to the thread that puts the first node on it, until it is rewound: nodes and
/// backward from another one throw. Several tapes in several threads are fine.
class Tape {
 public:
  Tape();
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
  /// The same from any y. dy is the upstream (seed) gradient ∂loss/∂y, of y's shape; it is copied.
  void backward(Var y, const Matrix& dy);
  /// The same without the copy, `backward(y, std::cref(dy))`: dy is read until backward returns,
  /// and y keeps no gradient.
  void backward(Var y, std::reference_wrapper<const Matrix> dy);

  /// Forgets all nodes, keeps their memory: a training step in steady state allocates no matrix.
  /// Handles from before throw from now on. Throws inside an op's forward or backward.
  void rewind();

  /// While off, nodes are made without gradients (see NoGrad).
  bool recording() const { return recording_; }
  void set_recording(bool on) { recording_ = on; }

  /// On: the first NaN or Inf, forward or backward, throws an Error that names the op that made it,
  /// what that op was given, and its neighbours on the tape.
  void check_finite(bool on) { check_finite_ = on; }
  /// What new tapes start with; off unless a program says otherwise (lessons: --check-finite).
  static void check_finite_everywhere(bool on);

  /// Calls `look` at the end of every backward, of any tape: how --step and --trace get hold of one
  /// inside a running program. Set it while no tape is at work; an empty function takes it away.
  static void after_backward(std::function<void(const Tape&)> look);

  Index size() const { return size_; }
  const Node& node(Index index) const;
  Var var(Index index);

  /// Throws when `var` is empty, of another tape or from before a rewind.
  const Node& checked(Var var) const;

 private:
  friend class Var;
  friend class Recording;
  struct Running;
  struct Lending;
  static Tape& of(std::span<const Input> inputs);
  Node& next_node();
  Node& next_node_with(std::span<const Input> inputs);
  Var leaf(Parameter* parameter, const Matrix* copied, bool requires_grad);
  Var append(bool requires_grad);
  void require_seed(Var y, const Matrix& dy);
  void walk_back_from(Var y, const Matrix* lent);
  void backward_through(Index index);
  Matrix* gradient_target(const Node& node, std::size_t input);
  Matrix& scratch_buffer(std::size_t input, Index elements);
  void require_idle(std::string_view what);
  void become_owner(std::string_view what);
  std::span<const std::unique_ptr<Node>> up_to(Index last) const;

  Nodes nodes_;
  Index size_ = 0;                        // nodes in use; the rest keep memory for later
  std::uint32_t generation_;              // stamped on the handles; a rewind takes the next one
  const std::uint32_t first_generation_;  // an earlier tape at this address had smaller ones
  std::atomic<std::thread::id> owner_;    // of the nodes; none while there are no nodes
  const Node* running_ = nullptr;         // whose op is at work
  bool recording_ = true;
  bool check_finite_;

  // The scratch buffers: second and later contributions to one gradient land here before they are
  // added. One for each input position, as large as the largest so far. Very small matrices have
  // buffers of their own: Armadillo stores them inside the object, and a large matrix resized to
  // such a size would free its memory.
  std::deque<Matrix> scratch_, small_scratch_;
  std::vector<std::uint32_t> inputs_;
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

/// One op on its way onto the tape of its inputs; what record() below is made of. Puts the
/// parameters among the inputs on the tape first. Unless run() comes to its end, the tape is as
/// before.
class Recording {
 public:
  explicit Recording(std::span<const Input> inputs);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  Node& node() { return *node_; }  ///< the new node; take_op gives it its op
  Var run();                       ///< the op's forward

 private:
  Tape& tape_;
  Index size_before_;
  Node* node_;
  bool finished_ = false;
};

struct NoOptions {
  void operator()(const Op&) const {}
};

/// Gives the node its op: last round's if it fits, else a new one.
template <class T, class SetOptions>
void take_op(Node& node, const SetOptions& set_options) {
  static_assert(!std::is_abstract_v<T>,
                "this op misses an override of name(), forward() or backward(): compare its "
                "parameters with those of UnaryOp, BinaryOp, TernaryOp or ListOp in core/op.hpp");
  constexpr bool has_options = !std::is_same_v<SetOptions, NoOptions>;
  const Op* kept = node.op.get();
  if constexpr (!std::is_abstract_v<T>) {
    if (!kept || typeid(*kept) != typeid(T) || node.op_has_options != has_options) {
      node.op = std::make_unique<T>();
    }
  }
  node.op_has_options = has_options;
  set_options(static_cast<T&>(*node.op));
}

/// How a function records its op, the struct T, on the tape of its inputs:
///
///   Var relu(Var x) { return record<Relu>({x}); }
///   Var pow(Var x, double p) { return record<Pow>({x}, [&](Pow& op) { op.exponent = p; }); }
///
/// The node keeps its op over a rewind for the next T in its place, so set_options sets ALL options
/// each time; without it they are T's defaults. Parameters among the inputs get a leaf. On an error
/// the tape is as before, and the text of one in forward gains the inputs' labels and shapes.
/// Throws when no input is a Var, or two are on different tapes.
template <class T, class SetOptions = NoOptions>
Var record(std::span<const Input> inputs, const SetOptions& set_options = {}) {
  Recording recording(inputs);
  take_op<T>(recording.node(), set_options);
  return recording.run();
}
template <class T, class SetOptions = NoOptions>
Var record(std::initializer_list<Input> inputs, const SetOptions& set_options = {}) {
  return record<T>(std::span<const Input>(inputs.begin(), inputs.size()), set_options);
}

}  // namespace evenkeel
