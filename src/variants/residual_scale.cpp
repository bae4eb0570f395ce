#include "evenkeel/variants/residual_scale.hpp"

#include <cmath>

#include "base/fail.hpp"

namespace evenkeel {

void fixup(std::span<Parameter* const> weights, Index branches) {
  require(weights.size() > 1 && branches > 0, "fixup",
          "needs two weights in a branch and one branch, or more, got {} and {}", weights.size(),
          branches);
  const double m = static_cast<double>(weights.size());
  const double smaller = std::pow(static_cast<double>(branches), -1 / (2 * m - 2));
  for (Parameter* w : weights.first(weights.size() - 1)) {
    w->value *= static_cast<Scalar>(smaller);
  }
  weights.back()->value.zeros();
}

}  // namespace evenkeel
