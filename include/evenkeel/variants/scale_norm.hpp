#pragma once
// ScaleNorm: every sample gets the same length, one learned number.
//
//   y = g x / √(‖x‖² + n eps)
//
// x, y: n rows × samples; ‖x‖: of each column; g: 1 × 1, from √n, as RMSNorm with gamma 1.
// Tile: the whole column × 1, Centering::keep_mean: RMSNorm with one gamma, g / √n, for all rows.
// Conventions: eps stands inside the root of the mean square, as in all norms here.
// Paper: Nguyen & Salazar 2019, "Transformers without tears", arXiv:1910.05895.

#include <cmath>

#include "evenkeel/norm/scale_shift.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

class ScaleNorm final : public Layer {
 public:
  /// num_rows: n, which g starts from the root of.
  explicit ScaleNorm(Index num_rows, double eps = 1e-5)
      : g_(Matrix(1, 1, arma::fill::value(std::sqrt(static_cast<Scalar>(num_rows)))), "g"),
        eps_(eps) {}

  Var operator()(Var x) override {
    const Var y =
        normalized("scale_norm", x, layer_tile(x.shape()), eps_, {g_}, 1, Centering::keep_mean);
    return y / std::sqrt(static_cast<double>(x.rows()));
  }
  void members(Members& m) override { m.parameter("g", g_); }

 private:
  Parameter g_;
  double eps_;
};

}  // namespace evenkeel
