#include "evenkeel/norm/batch_norm.hpp"

namespace evenkeel {

Var batch_norm(Var x, Index num_channels, Affine affine, double eps, RunningStats* running) {
  const Tile tile = batch_tile(x.shape(), num_channels);
  return normalize_and_track("batch_norm", x, tile, eps, affine, num_channels, running);
}

Var batch_norm_eval(Var x, const RunningStats& running, Affine affine, double eps) {
  return standardize(x, running.mean, running.variance, eps, "batch_norm", affine);
}

}  // namespace evenkeel
