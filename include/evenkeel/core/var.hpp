#pragma once
// A handle to one node of a tape: small, copied freely, valid until the tape is rewound.

#include <cstdint>
#include <string_view>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

class Tape;

class Var {
 public:
  Var() = default;

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

  Tape* tape_ = nullptr;
  std::uint32_t index_ = 0;
  std::uint32_t generation_ = 0;
};

}  // namespace evenkeel
