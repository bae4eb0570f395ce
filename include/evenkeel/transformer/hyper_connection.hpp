#pragma once
// Hyper-connections: n residual streams in place of one, mixed around every branch f.
//
//   X ← H_res X + h_post f(h_pre X)
//
//   unconstrained: H_res, h_pre and h_post are learned as they are
//   constrained:   H_res = Sinkhorn(R), h_pre = sigmoid(p), h_post = 2 sigmoid(q), R, p, q learned
//   Sinkhorn(R):   exp(R), then 20 times each row by its sum and each column by its sum
//
// X: n × features·tokens, a stream in each row, feature c of token t in column t·features + c, so
// that mixing streams is a matrix product; H_res: n × n; h_pre: 1 × n; h_post: n × 1; f's input and
// output: features × tokens.
// A doubly stochastic H_res keeps the mean over the streams and makes no stream longer than the
// longest was, and so does a product of many; of unconstrained ones the product may grow with depth
// without a bound.
// Conventions: the static form. In the papers H depends on X, too, by a small learned part. At the
// start H_res is I (constrained: up to exp(−8)), h_post 1 and h_pre 1/n: with equal streams it is
// x + f(x). (Zhu et al. start h_pre as one stream, another for each branch, by turns.)
// Papers: Zhu et al. 2024, "Hyper-connections", arXiv:2409.19606; Xie et al. 2025,
// "Manifold-constrained hyper-connections", arXiv:2512.24880.

#include "evenkeel/core/module.hpp"

namespace evenkeel {

struct HyperConnectionOptions {
  Index streams = 1;  ///< n; 1: a residual stream as usual
  bool constrained = true;
  Index sinkhorn_steps = 20;
};

class HyperConnection final : public Module {
 public:
  /// Throws unless there are two streams or more.
  HyperConnection(Index features, HyperConnectionOptions options);

  /// What goes into the branch, h_pre X: features × tokens.
  Var enter(Var streams);
  /// H_res X + h_post · branch.
  Var leave(Var streams, Var branch);
  /// H_res, as leave() uses it.
  Var mixing(Tape& tape);
  void members(Members& m) override;

  Parameter res;   ///< n × n: H_res, or R
  Parameter pre;   ///< 1 × n: h_pre, or p
  Parameter post;  ///< n × 1: h_post, or q

 private:
  Index features_;
  HyperConnectionOptions options_;
};

/// Nearly doubly stochastic: the columns add up to 1, the rows the better the more steps. R: any
/// square matrix.
Var sinkhorn(Var r, Index steps = 20);

/// X with x in each of n streams, and back: the mean of the streams.
Var spread_streams(Var x, Index n);
Var mean_of_streams(Var streams, Index features);

}  // namespace evenkeel
