#include "evenkeel/core/parameter.hpp"

namespace evenkeel {

std::vector<const Parameter*> without_gradient(std::span<Parameter* const> parameters) {
  std::vector<const Parameter*> missed;
  for (const Parameter* parameter : parameters) {
    if (!parameter->has_gradient) missed.push_back(parameter);
  }
  return missed;
}

}  // namespace evenkeel
