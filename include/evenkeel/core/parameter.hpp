#pragma once
// A trainable matrix. It lives outside any tape, so it survives from one training step to the next.

#include <span>
#include <string>
#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

struct Parameter {
  Matrix value;
  Matrix gradient;  ///< the sum over every backward since the last zero_gradient()
  std::string name;
  bool requires_grad = true;  ///< false: frozen, backward passes it by
  bool has_gradient = false;  ///< whether any backward reached it since the last zero_gradient()

  Parameter() = default;
  explicit Parameter(Matrix initial, std::string parameter_name = "")
      : value(std::move(initial)), name(std::move(parameter_name)) {}

  /// Forgets the gradient and keeps its memory.
  void zero_gradient() { has_gradient = false; }
};

/// The parameters that no backward has reached since zero_gradient(): the first thing to look at
/// when a network does not learn, for a value detached from the graph passes no gradient on.
std::vector<const Parameter*> without_gradient(std::span<Parameter* const> parameters);

}  // namespace evenkeel
