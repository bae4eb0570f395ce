#pragma once
// RMSNorm: LayerNorm without the centering. Every sample is divided by its root mean square.
//
//   y = gamma ⊙ x / √(mean(x²) + eps)
//
// x, y: features × samples; the mean: over each column; gamma: features × 1; no beta in the paper.
// Tile: the whole column × 1, Centering::keep_mean. Training and evaluation are the same.
// Conventions: eps inside the root, 1e-5 (torch.nn.RMSNorm takes the machine's epsilon by default).
// Two variants are options of the layer. pRMSNorm takes the mean over the first k rows only, and
// divides all of them by its root. Gemma's gain is gamma = 1 + w with a learned w from 0, so that
// weight decay pulls gamma to 1.
// Papers: Zhang & Sennrich 2019, "Root Mean Square Layer Normalization", arXiv:1910.07467, with
// pRMSNorm; Gemma Team 2024, arXiv:2403.08295 (1 + w is in their code).

#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

/// A sample of one feature becomes its sign. Throws when gamma or beta is not features × 1, or eps
/// is negative.
Var rms_norm(Var x, Affine affine = {}, double eps = 1e-5);

/// pRMSNorm: y = gamma ⊙ x / √(mean(x²) + eps), the mean over rows 0 … num_rows − 1. Throws when
/// num_rows is 0 or more than x has, or gamma or beta is not channels × 1.
Var partial_rms_norm(Var x, Index num_rows, Affine affine = {}, double eps = 1e-5);

struct RmsNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< learn gamma
  bool bias = false;   ///< learn a beta too, which the paper does not
  double part = 1;     ///< pRMSNorm: k is this share of the rows, rounded up; the paper's: 0.0625
  bool gain_from_one = false;  ///< Gemma's: the parameter is w, and gamma is 1 + w
};

class RmsNorm final : public Layer {
 public:
  /// Throws unless 0 < part ≤ 1.
  explicit RmsNorm(Index num_features, RmsNormOptions options = {});
  Var operator()(Var x) override;
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;
  RmsNormOptions options_;
};

}  // namespace evenkeel
