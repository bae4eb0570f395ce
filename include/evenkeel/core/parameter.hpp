#pragma once
// A trainable matrix. It lives outside any tape, so it survives from one training step to the next.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

/// Ends with the object it is a member of; a copy has a life of its own. How a tape knows that a
/// parameter is gone, or was moved.
class Life {
 public:
  Life() = default;
  Life(const Life&) {}
  Life& operator=(const Life&) { return *this; }  // NOLINT(bugprone-unhandled-self-assignment)
  std::weak_ptr<const char> watch() const { return alive_; }

 private:
  std::shared_ptr<const char> alive_ = std::make_shared<const char>();
};

struct Parameter {
  Matrix value;
  Matrix gradient;  ///< the sum over every backward since the last zero_gradient()
  std::string name;
  bool requires_grad = true;  ///< false: frozen, backward passes it by
  bool has_gradient = false;  ///< whether any backward reached it since the last zero_gradient()
  Life life;

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
