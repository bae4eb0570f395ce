#include "evenkeel/norm/batch_norm.hpp"

namespace evenkeel {

Var batch_norm(Var x, Index num_channels, Affine affine, double eps, RunningStats* running) {
  const Tile tile = batch_tile(x.shape(), num_channels);
  return normalize_and_track("batch_norm", x, tile, eps, affine, num_channels, running);
}

Var batch_norm_eval(Var x, const RunningStats& running, Affine affine, double eps) {
  return standardize(x, running.mean, running.variance, eps, "batch_norm", affine);
}

BatchNorm::BatchNorm(Index num_channels, BatchNormOptions options)
    : affine_(num_channels, options.affine, options.bias),
      num_channels_(num_channels),
      eps_(options.eps) {
  if (options.track_running_stats) running_.emplace(num_channels, options.momentum);
}

Var BatchNorm::operator()(Var x) {
  const Affine affine = affine_.inputs();
  if (!training() && running_) return batch_norm_eval(x, *running_, affine, eps_);
  const bool update = training() && update_statistics_ && running_;
  return batch_norm(x, num_channels_, affine, eps_, update ? &*running_ : nullptr);
}

void BatchNorm::members(Members& m) {
  affine_.members(m);
  if (running_) running_->members(m);
}

}  // namespace evenkeel
