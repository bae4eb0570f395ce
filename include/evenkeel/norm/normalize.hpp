#pragma once
// The one operation beneath every norm. With means over the tile:
//
//   variance = mean((x − mean(x))²)
//   rstd     = 1 / √(variance + eps)
//   xhat     = (x − mean(x)) ⊙ rstd
//   dx       = rstd ⊙ (dxhat − mean(dxhat) − xhat ⊙ mean(dxhat ⊙ xhat))
//
// Without centering (RMSNorm) the mean is left in: mean(x) is 0 in the first three lines and the
// term mean(dxhat) goes from the last.
//
// Where the two subtracted terms come from: moving one entry of x moves the tile's mean, which
// moves all of xhat by the same amount, and moves its variance, which scales all of xhat. Each term
// takes back one of these effects: dx sums to zero over the tile (if the mean is subtracted), and
// for eps → 0 is orthogonal to xhat.
//
// Conventions: the variance divides by the number of entries (biased); eps stands inside the root;
// statistics take two passes, since E[x²] − E[x]² cancels when the mean is large.
// Source of the formula: Ioffe & Szegedy 2015, "Batch Normalization", section 3, with their three
// partial derivatives collected into one line.

#include <string_view>

#include "evenkeel/core/op.hpp"
#include "evenkeel/core/var.hpp"
#include "evenkeel/norm/tile.hpp"

namespace evenkeel {

enum class Centering {
  subtract_mean,
  keep_mean,  ///< divide by the root mean square instead of the standard deviation
};

struct Normalize final : UnaryOp {      // (gdb) break evenkeel::Normalize::backward
  std::string_view norm = "normalize";  ///< a string literal: "layer_norm", "batch_norm", …
  Tile tile;
  Centering centering = Centering::subtract_mean;
  double eps = 1e-5;

  Matrix mean;      ///< tiles down × across; zeros with keep_mean
  Matrix variance;  ///< same shape: the mean square distance from `mean`
  Matrix rstd;      ///< same shape: 1/√(variance + eps)
  Matrix parts;     ///< the fast bodies' sums over blocks of columns

  std::string_view name() const override { return norm; }
  void forward(const Matrix& x, Matrix& xhat) override;
  void backward(const Matrix& x, const Matrix& xhat, const Matrix& dxhat, Matrix& dx) override;
};

/// Normalizes each tile of x (any shape the tile divides), up to eps: to mean 0 and variance 1, or
/// with keep_mean to mean square 1. A constant tile, and so a tile of one value, becomes zeros
/// (with keep_mean only one of zeros does); NaN with eps = 0. Throws when the tile does not divide
/// x, or eps < 0.
Var normalize(Var x, Tile tile, Centering centering = Centering::subtract_mean, double eps = 1e-5);

/// Normalization by statistics that are given, not measured: xhat = (x − mean) ⊙ rstd, one mean and
/// one rstd per channel. An affine map: dx = rstd ⊙ dxhat. BatchNorm in evaluation.
struct Standardize final : UnaryOp {
  std::string_view norm = "standardize";
  Matrix mean;  ///< channels × 1
  Matrix rstd;  ///< channels × 1

  std::string_view name() const override { return norm; }
  void forward(const Matrix& x, Matrix& xhat) override;
  void backward(const Matrix& x, const Matrix& xhat, const Matrix& dxhat, Matrix& dx) override;
};

/// x: channels·positions × samples; running_mean and running_var: channels × 1. Throws when they
/// are not, when channels do not divide the rows of x, or eps is negative. `norm`, a string
/// literal, names the node.
Var standardize(Var x, const Matrix& running_mean, const Matrix& running_var, double eps = 1e-5,
                std::string_view norm = "standardize");

}  // namespace evenkeel
