#pragma once
// Running statistics: what BatchNorm remembers of its batches, to use in evaluation.
//
//   running = (1 − momentum)·running + momentum·batch
//
// As in PyTorch momentum is the weight of the NEW value (0.1: the last ten batches count most), and
// the running variance takes the unbiased variance of a batch, s²·n/(n−1), while normalizing takes
// the biased one. Without momentum the average is cumulative: every batch so far counts the same.

#include <optional>

#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

struct RunningStats {
  Matrix mean;      ///< channels × 1, from 0
  Matrix variance;  ///< channels × 1, from 1
  Matrix batches;   ///< 1×1: how many batches it has seen
  std::optional<double> momentum;

  RunningStats(Index num_channels, std::optional<double> momentum);

  /// Updates them with a batch: channels × groups, each entry the statistic over `n` values; groups
  /// (the instances of InstanceNorm; 1 for BatchNorm) are averaged. `batch_variance` is the biased
  /// one.
  void update(const Matrix& batch_mean, const Matrix& batch_variance, Index n);

  /// One batch more: its weight in the averages.
  Scalar count_batch();

  void members(Members& m);  ///< running_mean, running_var, num_batches_tracked
};

/// Throws when the tile has no value, or one only.
void require_several_values(std::string_view norm, Shape x, Tile tile);

/// A norm of many values, whose statistics go into `running` unless it is null: BatchNorm's and
/// InstanceNorm's in training. Throws when the tile has one value only.
Var normalize_and_track(std::string_view norm, Var x, Tile tile, double eps, Affine affine,
                        Index num_channels, RunningStats* running);

/// What BatchNorm, SyncBatchNorm, BatchRenorm and InstanceNorm share: training normalizes by the
/// batch and updates the running statistics; evaluation normalizes by them, if they are kept.
class TrackedNorm : public Layer {
 public:
  Var operator()(Var x) override;
  void members(Members& m) override;

  /// Whether training updates the running statistics (on at first).
  void update_statistics(bool on) { update_statistics_ = on; }
  /// Empty with track_running_stats = false.
  const std::optional<RunningStats>& running() const { return running_; }

 protected:
  template <class Options>
  TrackedNorm(std::string_view norm, Index num_channels, const Options& o)
      : num_channels_(num_channels),
        norm_(norm),
        eps_(o.eps),
        affine_(num_channels, o.affine, o.bias) {
    if (o.track_running_stats) running_.emplace(num_channels, o.momentum);
  }
  /// By the statistics of x, with which `update` is updated unless it is null.
  virtual Var by_batch(Var x, Affine affine, double eps, RunningStats* update) = 0;

  Index num_channels_;

 private:
  std::string_view norm_;
  double eps_;
  AffineParameters affine_;
  std::optional<RunningStats> running_;
  bool update_statistics_ = true;
};

}  // namespace evenkeel
