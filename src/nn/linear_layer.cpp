#include "evenkeel/nn/linear_layer.hpp"

#include "base/fail.hpp"
#include "evenkeel/ops/linear.hpp"

namespace evenkeel {

LinearLayer::LinearLayer(Index in, Index out, Random& random, LinearOptions options)
    : parametrization(std::move(options.parametrization)) {
  require(in > 0 && out > 0, "linear", "a layer needs inputs and outputs, got {} and {}", in, out);
  require(options.sd >= 0, "linear", "sd must be at least 0, got {}", options.sd);
  weight = Parameter(options.sd > 0 ? random.normal(out, in, options.sd)
                                    : options.init({.out = out, .in = in}, random),
                     "weight");
  bias = Parameter(Matrix(options.bias ? out : 0, 1, arma::fill::zeros), "bias");
}

Var LinearLayer::operator()(Var x) {
  Var w = x.tape().parameter(weight);
  if (parametrization) w = (*parametrization)(w);
  return bias.value.empty() ? linear(x, w) : linear(x, w, bias);
}

void LinearLayer::members(Members& m) {
  m.parameter("weight", weight,
              {.shape = {weight.value.n_rows, weight.value.n_cols}});  // in = 1 too
  if (!bias.value.empty()) m.parameter("bias", bias);
  if (parametrization) m.module("parametrization", *parametrization);
}

}  // namespace evenkeel
