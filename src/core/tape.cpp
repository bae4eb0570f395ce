#include "evenkeel/core/tape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>

#include "base/fail.hpp"
#include "core/finite.hpp"
#include "evenkeel/base/parallel.hpp"

namespace evenkeel {

std::string describe(const Node& node, Index index) {
  const std::string label = node.label.empty() ? "" : fmt::format(" '{}'", node.label);
  return fmt::format("node {} {}{}, {}", index, node.kind(), label,
                     to_string(shape_of(node.value())));
}

namespace {

std::string list_inputs(const Node& node, const Nodes& nodes) {
  std::string text;
  for (std::uint32_t input : node.inputs) {
    text += fmt::format("\n  input: {}", describe(*nodes[input], input));
  }
  return text;
}

using Bits = std::conditional_t<sizeof(Scalar) == 8, std::uint64_t, std::uint32_t>;

// Put into the first entry of a gradient before the op's backward. A NaN with bits of its own: no
// computation makes it, and adding to it keeps it, so where it is still there, backward has not
// written dx.
constexpr Scalar unwritten = std::bit_cast<Scalar>(
    std::bit_cast<Bits>(std::numeric_limits<Scalar>::quiet_NaN()) | Bits{0x1e5e7});

bool is_unwritten(const Matrix& gradient) {
  return !gradient.empty() && std::bit_cast<Bits>(gradient[0]) == std::bit_cast<Bits>(unwritten);
}

// Errors are put together out of line: a step that finds none should not pay for their text.
// The gradient of input k of an op, as its backward left it; or what is added to, of a leaf.
[[noreturn, gnu::noinline]] void fail_gradient(const Node& node, std::size_t k, const Node& input,
                                               const Matrix& gradient) {
  const Shape expected = shape_of(input.value());
  if (shape_of(gradient) == expected) {
    fail(node.kind(),
         "backward did not write the gradient of input {}: it must set all of it, and "
         "not add to what is there",
         k);
  }
  const std::string label = input.label.empty() ? "" : fmt::format(" '{}'", input.label);
  fail(node.kind(), "the gradient of input {}{} must be {} to match its value, got {}", k, label,
       to_string(expected), to_string(shape_of(gradient)));
}

// Shared by all tapes of the process, so that a handle of a dead tape never fits a new one in its
// place.
std::uint32_t next_generation() {
  static std::atomic<std::uint32_t> last{0};
  return ++last;
}

}  // namespace

std::string_view Node::kind() const {
  if (!is_leaf) return op->name();
  if (parameter) return "parameter";
  return requires_grad ? "variable" : "constant";
}

// Marks the op at work during backward; Recording does it during forward.
struct Tape::Running {
  const Node*& place;
  Running(Tape& tape, const Node& node) : place(tape.running_) { place = &node; }
  ~Running() { place = nullptr; }
};

// A node's gradient in the caller's matrix, if there is one: no longer than the backward it is for.
struct Tape::Lending {
  Node& node;
  Lending(Node& node, const Matrix* lent) : node(node) { node.lent_gradient = lent; }
  ~Lending() {
    if (node.lent_gradient) node.has_gradient = false;
    node.lent_gradient = nullptr;
  }
};

// While an op is at work its tape stands still: the list of nodes and the lists of inputs are in
// use. And no other thread may have nodes on it.
void Tape::require_idle(std::string_view what) {
  const std::thread::id me = std::this_thread::get_id();
  if (owner_.load(std::memory_order_relaxed) != me || running_) become_owner(what);
}

[[gnu::noinline]] void Tape::become_owner(std::string_view what) {
  std::thread::id owner;  // of nobody
  const std::thread::id me = std::this_thread::get_id();
  if (!owner_.compare_exchange_strong(owner, me) && owner != me) {
    fail("tape",
         "{} in another thread than the one whose nodes are on it: give each "
         "thread a tape of its own",
         what);
  }
  if (!running_) return;
  fail(running_->kind(),
       "{} inside the op's forward or backward: these compute with matrices; compose "
       "Vars in a function outside the op",
       what);
}

// --- making nodes --------------------------------------------------------------------------------

static std::atomic<bool> check_finite_at_first = false;

void Tape::check_finite_everywhere(bool on) {
  check_finite_at_first = on;
}

static std::function<void(const Tape&)> look_after_backward;

void Tape::after_backward(std::function<void(const Tape&)> look) {
  look_after_backward = std::move(look);
}

Tape::Tape()
    : generation_(next_generation()),
      first_generation_(generation_),
      check_finite_(check_finite_at_first) {
  [[maybe_unused]] static const bool has_room = (require_room_for_threads(), true);
}

Node& Tape::next_node() {
  if (size_ == nodes_.size()) nodes_.push_back(std::make_unique<Node>());
  return *nodes_[size_];
}

Var Tape::append(bool requires_grad) {
  Node& node = *nodes_[size_];
  node.requires_grad = requires_grad;
  node.has_gradient = false;
  node.label.clear();
  if (node.parameter) {
    node.label = node.parameter->name;
    if (!node.watch) node.watch = std::make_unique<Watch>();
    node.watch->start(*node.parameter);
  }
  if (check_finite_) require_finite_value(up_to(size_));
  return Var(this, static_cast<std::uint32_t>(size_++), generation_);
}

Var Tape::leaf(Parameter* parameter, const Matrix* copied, bool requires_grad) {
  require_idle("a node is made");
  Node& node = next_node();
  if (copied) node.own_value = *copied;
  node.is_leaf = true;
  node.parameter = parameter;
  node.inputs.clear();
  return append(recording_ && requires_grad);
}

Var Tape::constant(const Matrix& x) {
  return leaf(nullptr, &x, false);
}

Var Tape::variable(const Matrix& x) {
  return leaf(nullptr, &x, true);
}

Var Tape::parameter(Parameter& p) {
  return leaf(&p, nullptr, p.requires_grad);
}

Tape& Tape::of(std::span<const Input> inputs) {
  for (const Input& input : inputs) {
    if (!input.parameter()) return input.var().tape();
  }
  if (inputs.empty()) fail("tape", "an op needs at least one input");
  fail("tape",
       "all inputs of this op are parameters (the first is '{}'), which are on "
       "no tape: write tape.parameter(w) for one of them",
       inputs[0].parameter()->name);
}

// The node after its inputs, with leaves for the parameters among them.
Node& Tape::next_node_with(std::span<const Input> inputs) {
  require_idle("a node is made");  // before the lists below, which a running op is using
  inputs_.clear();
  input_values_.clear();
  bool requires_grad = false;
  for (const Input& input : inputs) {
    const Var var = input.parameter() ? parameter(*input.parameter()) : input.var();
    const Node& source = checked(var);
    inputs_.push_back(var.index_);
    input_values_.push_back(&source.value());
    requires_grad |= source.requires_grad;
  }
  Node& node = next_node();
  node.is_leaf = false;
  node.parameter = nullptr;
  node.requires_grad = recording_ && requires_grad;
  node.inputs.swap(inputs_);
  return node;
}

void Tape::rewind() {
  require_idle("the tape is rewound");
  size_ = 0;
  generation_ = next_generation();
  owner_ = std::thread::id();
}

// --- recording an op -----------------------------------------------------------------------------

Recording::Recording(std::span<const Input> inputs)
    : tape_(Tape::of(inputs)), size_before_(tape_.size_) {
  try {
    node_ = &tape_.next_node_with(inputs);
  } catch (...) {
    tape_.size_ = size_before_;  // takes the leaves of the parameters off again
    throw;
  }
  tape_.running_ = node_;
}

Recording::~Recording() {
  tape_.running_ = nullptr;
  if (!finished_) tape_.size_ = size_before_;
}

Var Recording::run() {
  try {
    node_->op->run_forward(tape_.input_values_, node_->own_value);
  } catch (const Error& error) {
    throw Error(error.what() + list_inputs(*node_, tape_.nodes_));
  } catch (const std::logic_error& error) {  // Armadillo's: sizes that do not fit
    throw Error(fmt::format("[{}] in forward: {}{}", node_->kind(), error.what(),
                            list_inputs(*node_, tape_.nodes_)));
  }
  const Var y = tape_.append(node_->requires_grad);
  finished_ = true;
  return y;
}

// --- backward ------------------------------------------------------------------------------------

void Tape::backward(Var loss) {
  const Shape shape = loss.shape();
  if (shape != Shape{1, 1}) {
    fail("backward",
         "the loss must be 1×1, got {}: reduce it with sum or mean, or give "
         "an upstream gradient: backward(y, dy)",
         to_string(shape));
  }
  backward(loss, Matrix(1, 1, arma::fill::ones));
}

void Tape::backward(Var y, const Matrix& dy) {
  require_seed(y, dy);
  nodes_[y.index()]->own_gradient = dy;
  walk_back_from(y, nullptr);
}

void Tape::backward(Var y, std::reference_wrapper<const Matrix> dy) {
  require_seed(y, dy);
  walk_back_from(y, &dy.get());
}

void Tape::require_seed(Var y, const Matrix& dy) {
  require_idle("backward is called");
  const Node& last = checked(y);
  require_shape("backward", "the upstream gradient", dy, y.shape(), "to match y");
  if (!last.requires_grad) {
    fail("backward", "nothing here needs a gradient: {}", describe(last, y.index()));
  }
  if (last.parameter) fail("backward", "y is itself a parameter: there is nothing to walk back");
  if (check_finite_) require_finite_seed(up_to(y.index()), y.index(), dy);
}

void Tape::walk_back_from(Var y, const Matrix* lent) {
  for (Index i = 0; i < size_; ++i) {
    Node& node = *nodes_[i];
    if (node.parameter) node.watch->require_unchanged(*node.parameter, node.label, i);
    node.has_gradient = false;
    node.claimed = false;
  }
  Node& last = *nodes_[y.index()];
  last.has_gradient = true;
  const Lending lending(last, lent);
  for (Index i = y.index() + 1; i-- > 0;) {
    if (nodes_[i]->has_gradient && !nodes_[i]->is_leaf) backward_through(i);
  }
  if (look_after_backward) look_after_backward(*this);
}

void Tape::backward_through(Index index) {
  Node& node = *nodes_[index];
  input_values_.clear();
  input_gradients_.clear();
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    input_values_.push_back(&nodes_[node.inputs[k]]->value());
    input_gradients_.push_back(gradient_target(node, k));
  }
  try {
    const Running running(*this, node);
    node.op->run_backward(input_values_, node.own_value, node.gradient(), input_gradients_);
  } catch (const std::logic_error& error) {  // Armadillo's: sizes that do not fit
    throw Error(fmt::format("[{}] in backward: {}{}", node.kind(), error.what(),
                            list_inputs(node, nodes_)));
  }
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    if (!input_gradients_[k]) continue;
    Node& input = *nodes_[node.inputs[k]];
    const Matrix& made = *input_gradients_[k];
    if (check_finite_) require_finite_gradient(up_to(size_ - 1), index, node.inputs[k], made);
    if (shape_of(made) != shape_of(input.value()) || is_unwritten(made)) {
      fail_gradient(node, k, input, made);
    }
    Matrix& total = input.parameter ? input.parameter->gradient : input.own_gradient;
    if (&made != &total) total += made;
    input.has_gradient = true;
    input.claimed = false;
    if (input.parameter) input.parameter->has_gradient = true;
    if (check_finite_) require_finite_gradient(up_to(size_ - 1), index, node.inputs[k], total);
  }
}

// Where op.backward shall write the gradient of its k-th input: straight into that input's gradient
// when it is the first to come (for a parameter: the first since zero_gradient()), else into a
// scratch buffer, to be added. Null when nobody needs it.
Matrix* Tape::gradient_target(const Node& node, std::size_t k) {
  Node& input = *nodes_[node.inputs[k]];
  if (!input.requires_grad) return nullptr;
  Matrix& total = input.parameter ? input.parameter->gradient : input.own_gradient;
  const bool has_one = input.parameter ? input.parameter->has_gradient : input.has_gradient;
  if (has_one && shape_of(total) != shape_of(input.value())) fail_gradient(node, k, input, total);
  const bool again = input.claimed ||  // as in x % x
                     (input.parameter && std::ranges::find(input_gradients_, &total) !=
                                             input_gradients_.end());  // by another leaf of it
  input.claimed = true;
  Matrix& target = has_one || again ? scratch_buffer(k, input.value().n_elem) : total;
  if (!target.empty()) target[0] = unwritten;
  return &target;
}

Matrix& Tape::scratch_buffer(std::size_t input, Index elements) {
  std::deque<Matrix>& buffers =
      elements <= arma::arma_config::mat_prealloc ? small_scratch_ : scratch_;
  if (buffers.size() <= input) buffers.resize(input + 1);
  return buffers[input];
}

// --- looking -------------------------------------------------------------------------------------

const Node& Tape::node(Index index) const {
  if (index >= size_) {
    fail("tape", "there is no node {}: the tape has {}", index, size_);
  }
  return *nodes_[index];
}

Var Tape::var(Index index) {
  node(index);
  return Var(this, static_cast<std::uint32_t>(index), generation_);
}

const Node& Tape::checked(Var var) const {
  if (!var.tape_) fail("tape", "this Var is empty: it was never made on a tape");
  if (var.tape_ != this) fail("tape", "the inputs of one op must be on one tape, got two tapes");
  if (var.generation_ < first_generation_) {
    fail("tape",
         "this Var is from a tape that is gone, where it was node {}: this "
         "tape only stands at its address",
         var.index_);
  }
  if (var.generation_ != generation_) {
    fail("tape", "this Var is from before a rewind, where it was node {}", var.index_);
  }
  return *nodes_[var.index_];
}

// The nodes in use, up to and with this one, which is perhaps not counted yet.
std::span<const std::unique_ptr<Node>> Tape::up_to(Index last) const {
  return {nodes_.data(), last + 1};
}

}  // namespace evenkeel
