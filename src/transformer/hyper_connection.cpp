#include "evenkeel/transformer/hyper_connection.hpp"

#include <cmath>

#include "base/fail.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"

namespace evenkeel {

HyperConnection::HyperConnection(Index features, HyperConnectionOptions options)
    : features_(features), options_(options) {
  const Index n = options.streams;
  require(n > 1, "hyper_connection", "needs two streams or more, got {}", n);
  const bool logits = options.constrained;
  const double share = 1 / static_cast<double>(n);
  const double first_pre = logits ? std::log(share / (1 - share)) : share;
  const Matrix one(n, n, arma::fill::eye);
  res = Parameter(logits ? Matrix(8 * one - 8) : one, "res");
  pre = Parameter(Matrix(1, n, arma::fill::value(static_cast<Scalar>(first_pre))), "pre");
  post = Parameter(Matrix(n, 1, arma::fill::value(Scalar(logits ? 0 : 1))), "post");
}

Var HyperConnection::enter(Var streams) {
  const Var p = streams.tape().parameter(pre);
  const Var h_pre = options_.constrained ? sigmoid(p) : p;
  const Var x = h_pre * streams;
  return reshape(x, features_, x.cols() / features_);
}

Var HyperConnection::leave(Var streams, Var branch) {
  const Var q = streams.tape().parameter(post);
  const Var h_post = options_.constrained ? 2 * sigmoid(q) : q;
  const Var row = reshape(branch, 1, streams.cols());
  return mixing(streams.tape()) * streams + h_post * row;
}

Var HyperConnection::mixing(Tape& tape) {
  const Var r = tape.parameter(res);
  return options_.constrained ? sinkhorn(r, options_.sinkhorn_steps) : r;
}

void HyperConnection::members(Members& m) {
  m.parameter("res", res);
  m.parameter("pre", pre);
  m.parameter("post", post);
}

Var sinkhorn(Var r, Index steps) {
  Var m =
      exp(r - static_cast<double>(r.value().max()));  // a common factor, which the sums take out
  for (Index step = 0; step < steps; ++step) {
    m = m / sum(m, Over::columns);
    m = m / sum(m, Over::rows);
  }
  return m;
}

Var spread_streams(Var x, Index n) {
  const Var row = reshape(x, 1, x.rows() * x.cols());
  return x.tape().constant(Matrix(n, 1, arma::fill::ones)) * row;
}

Var mean_of_streams(Var streams, Index features) {
  return reshape(mean(streams, Over::rows), features, streams.cols() / features);
}

}  // namespace evenkeel
