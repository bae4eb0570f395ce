#pragma once
// Weight Norm: the weights of each output are a length and a direction, learned apart.
//
//   w = g ⊙ v / ‖v‖
//
// v, w: outputs × fan in (the weight of a linear layer or of a convolution); ‖v‖: of each row; g:
// outputs × 1. Tile: 1 × the whole row, Centering::keep_mean.
// A longer v is the same w, so its gradient is orthogonal to v, row by row, and v only grows.
// Looks at no sample. Conventions: no eps, as torch.nn.utils.weight_norm; a row of zeros is NaN.
// Paper: Salimans & Kingma 2016, "Weight normalization", arXiv:1602.07868.

#include <cmath>

#include "evenkeel/norm/scale_shift.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

/// Throws when g is not outputs × 1.
inline Var weight_norm(Var v, Input g) {
  const Tile row{1, v.cols()};
  const Var w = normalized("weight_norm", v, row, 0, {g}, v.rows(), Centering::keep_mean);
  return w / std::sqrt(static_cast<double>(v.cols()));
}

/// For a layer, once it has drawn its weight, which it leaves as it is:
/// `layer.parametrization = WeightNorm(layer.weight.value);`
class WeightNorm final : public Layer {
 public:
  explicit WeightNorm(const Matrix& weight) : g_(arma::sqrt(arma::sum(weight % weight, 1)), "g") {}
  Var operator()(Var v) override { return weight_norm(v, g_); }
  void members(Members& m) override { m.parameter("g", g_); }

 private:
  Parameter g_;
};

}  // namespace evenkeel
