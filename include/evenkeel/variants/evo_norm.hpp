#pragma once
// EvoNorm B0 and S0: norm and activation in one formula, found by a search over formulas.
//
//   B0   y = gamma ⊙ x / max(s_batch, v ⊙ x + s_instance) + beta
//   S0   y = gamma ⊙ x ⊙ sigmoid(v ⊙ x) / s_group + beta
//
// x, y: channels·positions × samples (position fastest); s: √(variance + eps); gamma, beta, v:
// channels × 1, from 1, 0 and 1. x is divided, not centered.
// Tiles: s_batch positions × all columns, s_instance positions × 1, s_group rows/groups × 1.
// B0 looks at the batch: evaluation takes √(running_var + eps), the unbiased variance as BatchNorm
// averages it, for s_batch. S0 looks at one sample: evaluation is training.
// Paper: Liu et al. 2020, "Evolving normalization-activation layers", arXiv:2004.02967.

#include "evenkeel/norm/running_stats.hpp"

namespace evenkeel {

/// Throws when num_channels does not divide the rows of x.
class EvoNormB0 final : public Layer {
 public:
  explicit EvoNormB0(Index num_channels, double eps = 1e-5, double momentum = 0.1);
  Var operator()(Var x) override;
  void members(Members& m) override;

 private:
  Var batch_deviation(Var x);

  AffineParameters affine_;
  Parameter v_;
  RunningStats running_;  // its mean is kept, and not used
  double eps_;
};

/// Throws when num_groups does not divide num_channels, or num_channels the rows of x.
class EvoNormS0 final : public Layer {
 public:
  EvoNormS0(Index num_groups, Index num_channels, double eps = 1e-5);
  Var operator()(Var x) override;
  void members(Members& m) override;

 private:
  AffineParameters affine_;
  Parameter v_;
  Index num_groups_;
  double eps_;
};

}  // namespace evenkeel
