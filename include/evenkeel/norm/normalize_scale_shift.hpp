#pragma once
// A whole norm as one op: normalize, then scale and shift.
//
//   y = gamma ⊙ xhat + beta,  xhat = (x − mean) ⊙ rstd over the tile
//
// x, y: channels·positions × samples; gamma, beta: channels × 1. The plain body is the two ops one
// after the other, so the formulas are in Normalize and ScaleShift and nowhere else. The fast body
// reads x once for both and keeps no xhat: backward computes it again from x, which is cheaper than
// fetching it from memory.

#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

struct NormalizeScaleShift final
    : TernaryOp {       // (gdb) break evenkeel::NormalizeScaleShift::backward
  Normalize normalize;  ///< tile, centering, eps, and the statistics
  ScaleShift scale_shift;

  std::string_view name() const override { return normalize.norm; }
  void forward(const Matrix& x, const Matrix& gamma, const Matrix& beta, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& gamma, const Matrix& beta, const Matrix& y,
                const Matrix& dy, Matrix* dx, Matrix* dgamma, Matrix* dbeta) override;

 private:
  Matrix xhat_, dxhat_;  // of the plain body
};

/// The same without a shift.
struct NormalizeScale final : BinaryOp {
  Normalize normalize;
  ScaleChannels scale_channels;

  std::string_view name() const override { return normalize.norm; }
  void forward(const Matrix& x, const Matrix& gamma, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& gamma, const Matrix& y, const Matrix& dy, Matrix* dx,
                Matrix* dgamma) override;

 private:
  Matrix xhat_, dxhat_;
};

struct RunningStats;

/// What every norm calls: normalizes the tiles of x, applies what there is of gamma and beta as one
/// op, and updates the running statistics, if given. `norm`, a string literal, names the node
/// on the tape and in errors. Throws when the tile does not divide x, num_channels not its rows,
/// eps < 0, or gamma or beta is not num_channels × 1.
Var normalize_affine(std::string_view norm, Var x, Tile tile, Centering centering, double eps,
                     Affine affine, Index num_channels, RunningStats* running = nullptr);

}  // namespace evenkeel
