#pragma once
// GRN: channels compete. Each is weighed by how strong it is in this sample, beside the others.
//
//   r = √(mean(x²) + eps)      over the positions of each channel
//   n = r / mean(r)            over the channels of the sample
//   y = gamma ⊙ (x ⊙ n) + beta + x
//
// x, y: channels·positions × samples (position fastest; plain features have one position); r, n:
// one for each channel of each sample; gamma, beta: channels × 1, from 0: at first y = x.
// Tiles: positions × 1 for r, all rows × 1 for its mean.
// Conventions: the paper has the root of the sum, which is √positions·r, and adds eps to mean(r);
// the factor cancels, and eps inside the root gives a channel of zeros a gradient of 0.
// Paper: Woo et al. 2023, "ConvNeXt V2", arXiv:2301.00808.

#include "evenkeel/norm/scale_shift.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/variants/tile_statistics.hpp"

namespace evenkeel {

/// Throws when num_channels does not divide the rows of x.
class GlobalResponseNorm final : public Layer {
 public:
  explicit GlobalResponseNorm(Index num_channels, double eps = 1e-6)
      : affine_(num_channels, true, true), eps_(eps) {
    affine_.gamma.value.zeros();
  }

  Var operator()(Var x) override {
    const Tile positions =
        instance_tile(x.shape(), affine_.gamma.value.n_rows, 1, "global_response_norm");
    const Var r = tile_deviation(x, positions, Centering::keep_mean, eps_);
    const Var n = r / tile_mean(r, layer_tile(x.shape()));
    return scale_shift(x % n, affine_.inputs()) + x;
  }
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;
  double eps_;
};

}  // namespace evenkeel
