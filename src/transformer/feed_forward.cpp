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
}

Var FeedForward::operator()(Var x) {
  const Var h = up(x);
  switch (nonlinearity_) {
    case Nonlinearity::relu:
      return down(relu(h));
    case Nonlinearity::gelu:
      return down(gelu(h, Gelu::exact));
    case Nonlinearity::gelu_tanh:
      return down(gelu(h, Gelu::tanh));
    case Nonlinearity::swiglu:
      break;
  }
  return down(silu((*gate)(x)) % h);
}

void FeedForward::members(Members& m) {
  m.module("up", up);
  if (gate) m.module("gate", *gate);
  m.module("down", down);
}

}  // namespace evenkeel
