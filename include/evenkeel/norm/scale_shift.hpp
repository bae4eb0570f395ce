#pragma once
// What follows a norm: a learned scale gamma and shift beta for each channel.
//
//   y = gamma ⊙ xhat + beta
//   dxhat = gamma ⊙ dy      dgamma = Σ dy ⊙ xhat      dbeta = Σ dy
//
// x: channels·positions × samples (position fastest; plain features have one position); gamma and
// beta: channels × 1; the sums run over positions and samples. Starts at gamma = 1, beta = 0.
// Source: Ioffe & Szegedy 2015, "Batch Normalization", section 3.

#include <optional>

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/op.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel {

struct ScaleShift final : TernaryOp {
  std::string_view name() const override { return "scale_shift"; }
  void forward(const Matrix& x, const Matrix& gamma, const Matrix& beta, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& gamma, const Matrix& beta, const Matrix& y,
                const Matrix& dy, Matrix* dx, Matrix* dgamma, Matrix* dbeta) override;
};

/// The same without a shift.
struct ScaleChannels final : BinaryOp {
  std::string_view name() const override { return "scale_channels"; }
  void forward(const Matrix& x, const Matrix& gamma, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& gamma, const Matrix& y, const Matrix& dy, Matrix* dx,
                Matrix* dgamma) override;
};

/// Throw when gamma or beta is not channels × 1 with a number of channels that divides x's rows.
Var scale_shift(Input x, Input gamma, Input beta);
Var scale_channels(Input x, Input gamma);

/// Gamma and beta, each a Var or a Parameter, as the functional norms take them:
/// `layer_norm(x, {gamma, beta})`, `rms_norm(x, {gamma})`, `layer_norm(x)`.
struct Affine {
  std::optional<Input> gamma = {};
  std::optional<Input> beta = {};  ///< needs gamma
};

/// Applies what is there. `norm` names the op in errors.
Var apply_affine(std::string_view norm, Var xhat, Affine affine, Index num_channels);

/// Gamma and beta as the norm layers own them.
struct AffineParameters {
  Parameter gamma;  ///< channels × 1, ones; empty when affine is off
  Parameter beta;   ///< channels × 1, zeros; empty when affine or bias is off

  AffineParameters(Index num_channels, bool affine, bool bias);
  Affine inputs();
  void members(Members& m);
};

}  // namespace evenkeel
