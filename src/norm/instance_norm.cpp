#include "evenkeel/norm/instance_norm.hpp"

namespace evenkeel {

Var instance_norm(Var x, Index num_channels, Affine affine, double eps, Index sequence_length,
                  RunningStats* running) {
  const Tile tile = instance_tile(x.shape(), num_channels, sequence_length);
  return normalize_and_track("instance_norm", x, tile, eps, affine, num_channels, running);
}

InstanceNorm::InstanceNorm(Index num_channels, InstanceNormOptions options)
    : affine_(num_channels, options.affine, options.bias),
      num_channels_(num_channels),
      options_(options) {
  if (options.track_running_stats) running_.emplace(num_channels, options.momentum);
}

Var InstanceNorm::operator()(Var x) {
  const Affine affine = affine_.inputs();
  if (!training() && running_) {
    return standardize(x, running_->mean, running_->variance, options_.eps, "instance_norm",
                       affine);
  }
  const bool update = training() && update_statistics_ && running_;
  return instance_norm(x, num_channels_, affine, options_.eps, options_.sequence_length,
                       update ? &*running_ : nullptr);
}

void InstanceNorm::members(Members& m) {
  affine_.members(m);
  if (running_) running_->members(m);
}

}  // namespace evenkeel
