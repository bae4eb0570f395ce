#include "evenkeel/norm/instance_norm.hpp"

namespace evenkeel {

Var instance_norm(Var x, Index num_channels, Affine affine, double eps, Index sequence_length,
                  RunningStats* running) {
  const Tile tile = instance_tile(x.shape(), num_channels, sequence_length);
  return normalize_and_track("instance_norm", x, tile, eps, affine, num_channels, running);
}

}  // namespace evenkeel
