#include "evenkeel/transformer/feed_forward.hpp"

#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

FeedForward::FeedForward(Index features, Index hidden, Random& random, FeedForwardOptions options)
    : up(features, hidden, random, {.bias = options.bias}),
      down(hidden, features, random, {.bias = options.bias}),
      nonlinearity_(options.nonlinearity) {
  if (nonlinearity_ == Nonlinearity::swiglu) {
    gate.emplace(features, hidden, random, LinearOptions{.bias = options.bias});
  }
  if (options.dropout.p != 0) dropout.emplace(options.dropout.p, options.dropout.seed);
}

Var FeedForward::operator()(Var x) {
  const Var h = nonlinear(x);
  return down(dropout ? (*dropout)(h) : h);
}

Var FeedForward::nonlinear(Var x) {
  const Var h = up(x);
  switch (nonlinearity_) {
    case Nonlinearity::relu:
      return relu(h);
    case Nonlinearity::gelu:
      return gelu(h, Gelu::exact);
    case Nonlinearity::gelu_tanh:
      return gelu(h, Gelu::tanh);
    case Nonlinearity::swiglu:
      break;
  }
  return silu((*gate)(x)) % h;
}

void FeedForward::members(Members& m) {
  m.module("up", up);
  if (gate) m.module("gate", *gate);
  m.module("down", down);
  if (dropout) m.module("dropout", *dropout);
}

}  // namespace evenkeel
