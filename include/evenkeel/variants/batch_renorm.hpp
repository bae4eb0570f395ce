#pragma once
// Batch Renormalization: BatchNorm for small batches. Training corrects the batch's xhat by r and
// d, towards what evaluation will compute.
//
//   training:   sigma_batch = √(variance + eps),   sigma = √(running_var + eps)
//               xhat = (x − mean) / sigma_batch
//               r = sigma_batch / sigma               clipped to [1/r_max, r_max]
//               d = (mean − running_mean) / sigma     clipped to [−d_max, d_max]
//               y = gamma ⊙ (r ⊙ xhat + d) + beta
//   evaluation: y = gamma ⊙ (x − running_mean) / sigma + beta          as BatchNorm
//
//   dxhat = r ⊙ gamma ⊙ dy
//   dx    = (dxhat − mean(dxhat) − xhat ⊙ mean(dxhat ⊙ xhat)) / sigma_batch
//
// r and d count as constants in backward, though they depend on x. So without clipping y is what
// evaluation computes, and dx still is a batch norm's: it has no part along 1 and along xhat. With
// r_max = 1 and d_max = 0 training is BatchNorm. The paper begins so, then lets r_max grow to 3 and
// d_max to 5, over tens of thousands of steps:
//
//   BatchRenorm norm(64);
//   for (Index step = 0; step < steps; ++step) {
//     const double grown = static_cast<double>(step) / static_cast<double>(steps);
//     norm.set_limits({.r_max = 1 + 2 * grown, .d_max = 5 * grown});
//     // … a training step
//   }
//
// x, y: channels·positions × samples (image columns, position fastest; plain features have one
// position); mean and variance: one per channel, over positions and samples; r, d, gamma, beta,
// running_mean, running_var: channels × 1.
// Tile: the positions of one channel × all columns.
// Running statistics: r and d use them as they were before this batch. Then
//   running_mean += momentum·(mean − running_mean),   sigma += momentum·(sigma_batch − sigma)
// As in the paper it is sigma that is averaged, with eps inside its root, of the biased variance:
// so r is 1 on average, however small the batches. What is kept is running_var = sigma² − eps, and
// evaluation and files are BatchNorm's (which averages the unbiased variance instead).
// Paper: Ioffe 2017, "Batch Renormalization", arXiv:1702.03275, algorithm 1.

#include "evenkeel/norm/batch_norm.hpp"

namespace evenkeel {

/// How far the correction may go: r_max ≥ 1, d_max ≥ 0, infinity for no limit. As the paper's end.
struct RenormLimits {
  double r_max = 3;
  double d_max = 5;
};

/// y = r ⊙ xhat + d, before gamma and beta.
struct BatchRenormalize final : UnaryOp {  // (gdb) break evenkeel::BatchRenormalize::backward
  Normalize batch;                         ///< measures x, and makes xhat
  Matrix running_mean, sigma;              ///< channels × 1, before this batch
  RenormLimits limits;

  Matrix sigma_batch;  ///< channels × 1: √(variance + eps)
  Matrix r, d;         ///< channels × 1

  std::string_view name() const override { return "batch_renorm"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// Training, with r and d by `running`; takes the batch into `update` unless it is null
/// (it may be `running`). In evaluation: batch_norm_eval.
/// Throws when the channels of `running` do not divide the rows of x, a channel has one value only
/// (the formula gives y = d there, which no gradient gets through), r_max < 1, d_max < 0, eps is
/// negative, or gamma, beta or a running statistic is not channels × 1.
Var batch_renorm(Var x, const RunningStats& running, RenormLimits limits = {}, Affine affine = {},
                 double eps = 1e-5, RunningStats* update = nullptr);

struct BatchRenormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< learn gamma and beta
  bool bias = true;    ///< false: gamma only
  /// Weight of the new batch, as in the paper; nullopt: cumulative average.
  std::optional<double> momentum = 0.01;
  RenormLimits limits = {};
};

class BatchRenorm final : public TrackedNorm {
 public:
  explicit BatchRenorm(Index num_channels, BatchRenormOptions options = {});

  /// From the next batch on. Files do not have the limits: they follow the step, as a learning rate
  /// does. Throws when r_max < 1 or d_max < 0.
  void set_limits(RenormLimits limits);
  RenormLimits limits() const { return limits_; }

 private:
  Var by_batch(Var x, Affine affine, double eps, RunningStats* update) override;

  RenormLimits limits_;
};

}  // namespace evenkeel
