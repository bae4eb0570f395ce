#pragma once
// BatchNorm: every channel is normalized over the batch.
//
//   training:   y = gamma ⊙ (x − mean) / √(variance + eps) + beta        statistics of this batch
//   evaluation: y = gamma ⊙ (x − running_mean) / √(running_var + eps) + beta       an affine map
//
// x, y: channels·positions × samples (image columns, position fastest; plain features have one
// position; tokens are columns); mean and variance: one per channel, over positions and samples;
// gamma, beta, running_mean, running_var: channels × 1.
// Tile: the positions of one channel × all columns.
// Conventions: biased variance in training, unbiased in the running average; eps inside the root;
// momentum is the weight of the new batch (PyTorch: torch.nn.BatchNorm1d/2d).
// Paper: Ioffe & Szegedy 2015, "Batch Normalization", arXiv:1502.03167.
//
// Three switches, never one: train()/eval() chooses the statistics, NoGrad stops gradients, and
// update_statistics(false) freezes the running averages while training goes on (gradient checks
// need that: a function that changes as it is called has no finite differences).

#include "evenkeel/norm/running_stats.hpp"

namespace evenkeel {

/// Training: normalizes by the statistics of x, and takes them into `running` unless it is null.
/// Throws when num_channels does not divide the rows, a channel has one value only (its normalized
/// value is always zero: use a larger batch, eval(), or a norm that does not look at the batch),
/// eps is negative, or gamma, beta or a running statistic is not channels × 1.
Var batch_norm(Var x, Index num_channels, Affine affine = {}, double eps = 1e-5,
               RunningStats* running = nullptr);

/// Evaluation: normalizes by running statistics, sample by sample, so a batch of one is fine.
/// Throws when their channels do not divide the rows of x, eps is negative, or gamma or beta is not
/// channels × 1.
Var batch_norm_eval(Var x, const RunningStats& running, Affine affine = {}, double eps = 1e-5);

struct BatchNormOptions {
  double eps = 1e-5;
  bool affine = true;                    ///< learn gamma and beta
  bool bias = true;                      ///< false: gamma only
  std::optional<double> momentum = 0.1;  ///< weight of the new batch; nullopt: cumulative average
  bool track_running_stats = true;       ///< false: evaluation uses the batch's statistics too
};

class BatchNorm final : public TrackedNorm {
 public:
  explicit BatchNorm(Index num_channels, BatchNormOptions options = {})
      : TrackedNorm("batch_norm", num_channels, options) {}

 private:
  Var by_batch(Var x, Affine affine, double eps, RunningStats* update) override {
    return batch_norm(x, num_channels_, affine, eps, update);
  }
};

}  // namespace evenkeel
