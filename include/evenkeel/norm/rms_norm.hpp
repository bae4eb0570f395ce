#pragma once
// RMSNorm: LayerNorm without the centering. Every sample is divided by its root mean square.
//
//   y = gamma ⊙ x / √(mean(x²) + eps)
//
// x, y: features × samples; the mean: over each column; gamma: features × 1; no beta in the paper.
// Tile: the whole column × 1, Centering::keep_mean. Training and evaluation are the same.
// Conventions: eps inside the root, 1e-5 (torch.nn.RMSNorm takes the machine's epsilon by default).
// Paper: Zhang & Sennrich 2019, "Root Mean Square Layer Normalization", arXiv:1910.07467.

#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

/// A sample of one feature becomes its sign. Throws when gamma or beta is not features × 1, or eps
/// is negative.
Var rms_norm(Var x, Affine affine = {}, double eps = 1e-5);

struct RmsNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< learn gamma
  bool bias = false;   ///< learn a beta too, which the paper does not
};

class RmsNorm final : public Layer {
 public:
  explicit RmsNorm(Index num_features, RmsNormOptions options = {})
      : affine_(num_features, options.affine, options.bias), eps_(options.eps) {}
  Var operator()(Var x) override { return rms_norm(x, affine_.inputs(), eps_); }
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;
  double eps_;
};

}  // namespace evenkeel
