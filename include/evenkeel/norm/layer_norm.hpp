#pragma once
// LayerNorm: every sample is normalized on its own, over all its features.
//
//   y = gamma ⊙ (x − mean) / √(variance + eps) + beta
//
// Backward: normalize.hpp.
//
// x, y: features × samples (a sample may be a token, or a whole image: then over channels and
// positions, with a gamma for each); mean and variance: one per column; gamma, beta: features × 1.
// Tile: the whole column × 1. Does not look at the batch, so training and evaluation are the same.
// Conventions: biased variance, eps inside the root (PyTorch: torch.nn.LayerNorm).
// Paper: Ba, Kiros & Hinton 2016, "Layer Normalization", arXiv:1607.06450.

#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

/// A sample of one feature becomes 0 (then beta), for eps > 0. Throws when gamma or beta is not
/// features × 1, or eps is negative.
Var layer_norm(Var x, Affine affine = {}, double eps = 1e-5);

struct LayerNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< learn gamma and beta
  bool bias = true;    ///< false: gamma only
};

class LayerNorm final : public Layer {
 public:
  explicit LayerNorm(Index num_features, LayerNormOptions options = {})
      : affine_(num_features, options.affine, options.bias), eps_(options.eps) {}
  Var operator()(Var x) override { return layer_norm(x, affine_.inputs(), eps_); }
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;
  double eps_;
};

}  // namespace evenkeel
