#include "evenkeel/core/var.hpp"

#include "base/fail.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel {

const Matrix& Input::value() const {
  return parameter() ? parameter()->value : var().value();
}

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
    fail("gradient", "the last backward did not reach {}", describe(node, index_));
  }
  return node.gradient();
}

Var Var::label(std::string_view text) const {
  tape().checked(*this);
  tape_->nodes_[index_]->label = text;
  return *this;
}

}  // namespace evenkeel
