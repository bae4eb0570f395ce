#pragma once
// The one operation beneath every norm. With means over the tile:
//
//   variance = mean((x − mean(x))²)
//   rstd     = 1 / √(variance + eps)      the reciprocal of the standard deviation
//   xhat     = (x − mean(x)) ⊙ rstd
//   y        = gamma ⊙ xhat + beta
//
//   dxhat = gamma ⊙ dy,   dgamma = Σ dy ⊙ xhat,   dbeta = Σ dy
//   dx    = rstd ⊙ (dxhat − mean(dxhat) − xhat ⊙ mean(dxhat ⊙ xhat))
//
// x, y: channels·positions × samples (position fastest; plain features have one position); gamma,
// beta: channels × 1, their sums run over positions and samples. Beta may be missing, or both.
// Without centering (RMSNorm) the mean is left in: mean(x) is 0 and the term mean(dxhat) goes.
// For LayerNorm on plain features every feature is a channel of one position.
//
// The two subtracted terms take back what moving one entry of x does to the tile's mean and to its
// variance, which move and scale all of xhat; lessons/02_what_is_normalized/README.md derives them.
//
// Conventions: the variance divides by the number of entries (biased); eps stands inside the root;
// statistics take two passes, since E[x²] − E[x]² cancels when the mean is large.
// Source of the formula: Ioffe & Szegedy 2015, "Batch Normalization", section 3, with their three
// partial derivatives collected into one line.

#include <optional>
#include <string_view>
#include <vector>

#include "evenkeel/core/op.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/tile.hpp"

namespace evenkeel {

namespace kernels {
struct Norm;
}

/// Gamma and beta, each a Var or a Parameter, as the functional norms take them:
/// `layer_norm(x, {gamma, beta})`, `rms_norm(x, {gamma})`, `layer_norm(x)`.
struct Affine {
  std::optional<Input> gamma = {};
  std::optional<Input> beta = {};  ///< needs gamma
};

/// The inputs of a norm: x, and what there is of gamma and beta. Throws when num_channels do not
/// divide the rows of x, or gamma or beta is not num_channels × 1.
std::vector<Input> norm_inputs(std::string_view norm, Var x, Affine affine, Index num_channels);

enum class Centering {
  subtract_mean,
  keep_mean,  ///< divide by the root mean square instead of the standard deviation
};

/// y = f(x, gamma, beta), where gamma, or beta, or both may be missing: a null pointer.
struct Normalize final : Op {  // (gdb) break evenkeel::Normalize::backward
  std::string_view norm = "normalize";
  Tile tile;
  double eps = 1e-5;
  Centering centering = Centering::subtract_mean;
  bool given = false;  ///< mean and rstd come from outside: no gradient goes through them

  Matrix mean;      ///< tiles down × across; zeros with keep_mean
  Matrix variance;  ///< same shape: the mean square distance from `mean`; not made when given
  Matrix rstd;      ///< same shape: 1/√(variance + eps)

  /// All options at once. `norm`, a string literal, names the node. Throws when eps < 0.
  void set(std::string_view norm, Tile tile, double eps,
           Centering centering = Centering::subtract_mean);
  /// The same for an x of this shape and a mean and an rstd, channels × 1, that the caller sets.
  void set_given(std::string_view norm, Shape x, Index channels);

  std::string_view name() const override { return norm; }
  void forward(const Matrix& x, const Matrix* gamma, const Matrix* beta, Matrix& y);
  void backward(const Matrix& x, const Matrix* gamma, const Matrix* beta, const Matrix& dy,
                Matrix* dx, Matrix* dgamma, Matrix* dbeta);

 private:
  void run_forward(Inputs in, Matrix& y) override;
  void run_backward(Inputs in, const Matrix& y, const Matrix& dy, Gradients d) override;
  Tile channel_tile(const Matrix& x, const Matrix* gamma, const Matrix* beta) const;
  kernels::Norm kernel(const Matrix& x, const Matrix* gamma, const Matrix* beta);

  Matrix parts_;  // scratch buffer of the kernels
};

/// Normalizes each tile of x (any shape the tile divides), up to eps: to mean 0 and variance 1, or
/// with keep_mean to mean square 1. A constant tile, and so a tile of one value, becomes zeros
/// (with keep_mean only one of zeros does); NaN with eps = 0. Throws when the tile does not divide
/// x, or eps < 0.
Var normalize(Var x, Tile tile, Centering centering = Centering::subtract_mean, double eps = 1e-5);

/// A norm as a function: normalize(), and each channel times gamma plus beta, where they are given.
/// Throws for what normalize() and norm_inputs() do not accept. `norm`, a string literal, names the
/// node.
Var normalized(std::string_view norm, Var x, Tile tile, double eps, Affine affine,
               Index num_channels, Centering centering = Centering::subtract_mean);

/// Normalization by statistics that are given, not measured, one mean and one variance per channel:
/// xhat = (x − mean) ⊙ rstd, an affine map, so dx = rstd ⊙ dxhat. BatchNorm in evaluation.
///
/// x: channels·positions × samples; running_mean and running_var: channels × 1. Throws when they
/// are not, when channels do not divide the rows of x, or eps is negative. `norm`, a string
/// literal, names the node.
Var standardize(Var x, const Matrix& running_mean, const Matrix& running_var, double eps = 1e-5,
                std::string_view norm = "standardize", Affine affine = {});

}  // namespace evenkeel
