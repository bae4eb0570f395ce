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

  /// Names the node in the printed tape, in the graph (trace/show.hpp) and in errors; returns the
  /// handle itself: `Var h = relu(x).label("h1");`
  Var label(std::string_view text) const;
  std::string_view label() const;

  Tape& tape() const;
  Index index() const { return index_; }

 private:
  friend class Tape;
  friend class Input;
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
  Input(Var var) : owner_(var.tape_), index_(var.index_), generation_(var.generation_) {}
  Input(Parameter& parameter) : owner_(&parameter), index_(of_parameter) {}

  const Matrix& value() const;
  Shape shape() const { return shape_of(value()); }
  Index rows() const { return value().n_rows; }
  Index cols() const { return value().n_cols; }

 private:
  friend class Tape;
  static constexpr std::uint32_t of_parameter = -1;  // no tape has so many nodes
  Parameter* parameter() const {
    return index_ == of_parameter ? static_cast<Parameter*>(owner_) : nullptr;
  }
  Var var() const { return Var(static_cast<Tape*>(owner_), index_, generation_); }

  void* owner_;  // the Var's tape, or the Parameter: 16 bytes in all, like a Var
  std::uint32_t index_;
  std::uint32_t generation_ = 0;
};

}  // namespace evenkeel
