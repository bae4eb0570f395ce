#pragma once
// Var: a handle to one node of a tape, small and copied freely. It may outlive the tape's rewind(),
// and throws then. It must not be used after its tape is gone; where a new tape stands at the same
// address, it throws too.
//
// Input: what functions of several matrices take: a Var or a Parameter.

#include <cstdint>
#include <string_view>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

class Tape;
struct Parameter;

class Var {
 public:
  Var() = default;
  Var(const Parameter&) = delete;  // write tape.parameter(w), or x.tape().parameter(w) in a layer

  /// features × samples. Like every member here it throws when the handle is empty or from before a
  /// rewind; the reference stays good until then.
  const Matrix& value() const;

  /// ∂loss/∂value, of the value's shape. Throws when the last backward did not reach this node.
  const Matrix& gradient() const;
  bool has_gradient() const;

  /// Whether backward would carry a gradient here.
  bool requires_grad() const;

  Shape shape() const { return shape_of(value()); }
  Index rows() const { return value().n_rows; }
  Index cols() const { return value().n_cols; }

  /// Names the node in the printed tape, in the graph and in errors; returns the handle itself:
  /// `Var h = relu(x).label("h1");`
  Var label(std::string_view text) const;
  std::string_view label() const;

  Tape& tape() const;
  Index index() const { return index_; }

 private:
  friend class Tape;
  Var(Tape* tape, std::uint32_t index, std::uint32_t generation)
      : tape_(tape), index_(index), generation_(generation) {}

  Tape* tape_ = nullptr;  // 16 bytes in all: a Var travels in registers
  std::uint32_t index_ = 0;
  std::uint32_t generation_ = 0;
};

/// A Var, or a Parameter, which gets a leaf on the tape of the first Var beside it:
/// `linear(x, w, b)`, `alpha % x`.
class Input {
 public:
  Input(Var var) : var_(var) {}
  Input(Parameter& parameter) : parameter_(&parameter) {}

  const Matrix& value() const;
  Shape shape() const { return shape_of(value()); }
  Index rows() const { return value().n_rows; }
  Index cols() const { return value().n_cols; }

 private:
  friend class Tape;
  Var var_;
  Parameter* parameter_ = nullptr;
};

}  // namespace evenkeel
