#include "evenkeel/nn/linear_layer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/ops/linear.hpp"

namespace evenkeel {

LinearLayer::LinearLayer(Index in, Index out, Random& random, LinearOptions options) {
  if (in == 0 || out == 0) {
    fail("linear", fmt::format("a layer needs inputs and outputs, got {} and {}", in, out));
  }
  if (!(options.sd >= 0)) fail("linear", fmt::format("sd must be at least 0, got {}", options.sd));
  const double sd = options.sd > 0 ? options.sd : 1 / std::sqrt(static_cast<double>(in));
  weight = Parameter(random.normal(out, in, sd), "weight");
  bias = Parameter(Matrix(options.bias ? out : 0, 1, arma::fill::zeros), "bias");
}

Var LinearLayer::operator()(Var x) {
  return bias.value.empty() ? linear(x, weight) : linear(x, weight, bias);
}

void LinearLayer::members(Members& m) {
  m.parameter("weight", weight,
              {.shape = {weight.value.n_rows, weight.value.n_cols}});  // in = 1 too
  if (!bias.value.empty()) m.parameter("bias", bias);
}

}  // namespace evenkeel
