#pragma once
// InstanceNorm: every channel of every sample is normalized on its own, which removes the contrast
// and brightness of a picture.
//
//   y = gamma ⊙ (x − mean) / √(variance + eps) + beta
//
// x, y: channels·positions × samples (image columns, position fastest), or channels × (sequences·T)
// with sequence_length = T, as PyTorch's (N, C, T); mean and variance: one per sample and channel;
// gamma, beta: channels × 1.
// Tile: the positions of one channel × 1 (× T on sequences).
// Conventions: as BatchNorm, but without gamma, beta and running statistics unless asked for
// (PyTorch: torch.nn.InstanceNorm1d/2d).
// Paper: Ulyanov, Vedaldi & Lempitsky 2016, "Instance Normalization", arXiv:1607.08022.

#include "evenkeel/norm/running_stats.hpp"

namespace evenkeel {

/// Normalizes by the statistics of x, and takes them into `running` unless it is null. Throws when
/// num_channels does not divide the rows, sequence_length the columns, a channel has one value
/// only, eps is negative, or gamma, beta or a running statistic is not channels × 1.
Var instance_norm(Var x, Index num_channels, Affine affine = {}, double eps = 1e-5,
                  Index sequence_length = 1, RunningStats* running = nullptr);

struct InstanceNormOptions {
  double eps = 1e-5;
  bool affine = false;                   ///< learn gamma and beta
  bool bias = true;                      ///< with affine; false: gamma only
  std::optional<double> momentum = 0.1;  ///< weight of the new batch; nullopt: cumulative average
  bool track_running_stats = false;      ///< true: evaluation uses running statistics
  Index sequence_length = 1;             ///< T: statistics over the T columns of a sequence too
};

class InstanceNorm final : public TrackedNorm {
 public:
  explicit InstanceNorm(Index num_channels, InstanceNormOptions options = {})
      : TrackedNorm("instance_norm", num_channels, options),
        sequence_length_(options.sequence_length) {}

 private:
  Var by_batch(Var x, Affine affine, double eps, RunningStats* update) override {
    return instance_norm(x, num_channels_, affine, eps, sequence_length_, update);
  }

  Index sequence_length_;
};

}  // namespace evenkeel
