#pragma once
// What follows a norm: a learned scale gamma and shift beta for each channel.
//
//   y = gamma ⊙ x + beta
//   dx = gamma ⊙ dy      dgamma = Σ dy ⊙ x      dbeta = Σ dy
//
// x: channels·positions × samples (position fastest; plain features have one position); gamma and
// beta: channels × 1; the sums run over positions and samples. The norms have it in their own op
// (normalize.hpp); alone it serves norms that are put together from parts, such as AdaIN.
// Source: Ioffe & Szegedy 2015, "Batch Normalization", section 3.

#include "evenkeel/core/module.hpp"
#include "evenkeel/norm/normalize.hpp"

namespace evenkeel {

struct ScaleShift final : NormOp {  // beta may be missing, gamma not
  std::string_view name() const override { return "scale_shift"; }
  void forward(const Matrix& x, const Matrix* gamma, const Matrix* beta, Matrix& y) override;
  void backward(const Matrix& x, const Matrix* gamma, const Matrix* beta, const Matrix& y,
                const Matrix& dy, Matrix* dx, Matrix* dgamma, Matrix* dbeta) override;
};

/// Throw when gamma or beta is not channels × 1 with a number of channels that divides x's rows.
Var scale_shift(Input x, Input gamma, Input beta);
Var scale_channels(Input x, Input gamma);

/// Gamma and beta as the norm layers own them: they start at 1 and 0.
struct AffineParameters {
  Parameter gamma;  ///< channels × 1; empty when affine is off
  Parameter beta;   ///< channels × 1; empty when affine or bias is off

  AffineParameters(Index num_channels, bool affine, bool bias);
  Affine inputs();
  void members(Members& m);
};

}  // namespace evenkeel
