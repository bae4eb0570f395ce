#pragma once
// DyT and Derf: an S-shaped function of each entry stands in for a norm. There are no statistics.
//
//   DyT    y = gamma ⊙ tanh(alpha x) + beta
//   Derf   y = gamma ⊙ erf(alpha x + shift) + beta
//
// x, y: channels·positions × samples (position fastest; plain features have one position); gamma,
// beta: channels × 1, from 1 and 0; alpha, shift: 1 × 1, from 0.5 and 0.
// No tile: an entry knows of no other, so training and evaluation are the same, and a shift and a
// scaling of x are noticed. Near 0 it is linear with slope alpha; large entries are cut off.
// Papers: Zhu et al. 2025, "Transformers without normalization", arXiv:2503.10622; Chen et al.
// 2025, "Stronger normalization-free transformers", arXiv:2512.10938.

#include "evenkeel/norm/scale_shift.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"

namespace evenkeel {

/// `alpha` is where it starts. Throws when num_channels does not divide the rows of x.
class DyT final : public Layer {
 public:
  explicit DyT(Index num_channels, double alpha = 0.5)
      : alpha_(Matrix(1, 1, arma::fill::value(static_cast<Scalar>(alpha))), "alpha"),
        affine_(num_channels, true, true) {}
  Var operator()(Var x) override { return scale_shift(tanh(alpha_ % x), affine_.inputs()); }
  void members(Members& m) override {
    m.parameter("alpha", alpha_);
    affine_.members(m);
  }

 private:
  Parameter alpha_;
  AffineParameters affine_;
};

/// As DyT.
class Derf final : public Layer {
 public:
  explicit Derf(Index num_channels, double alpha = 0.5)
      : alpha_(Matrix(1, 1, arma::fill::value(static_cast<Scalar>(alpha))), "alpha"),
        shift_(Matrix(1, 1, arma::fill::zeros), "shift"),
        affine_(num_channels, true, true) {}
  Var operator()(Var x) override { return scale_shift(erf(alpha_ % x + shift_), affine_.inputs()); }
  void members(Members& m) override {
    m.parameter("alpha", alpha_);
    m.parameter("shift", shift_);
    affine_.members(m);
  }

 private:
  Parameter alpha_;
  Parameter shift_;
  AffineParameters affine_;
};

}  // namespace evenkeel
