#pragma once
// What follows a norm: a learned scale gamma and shift beta for each channel.
//
//   y = gamma ⊙ x + beta
//   dx = gamma ⊙ dy      dgamma = Σ dy ⊙ x      dbeta = Σ dy
//
// x: channels·positions × samples (position fastest; plain features have one position); gamma and
// beta: channels × 1; the sums run over positions and samples. It is the norms' own op
// (normalize.hpp) with a mean of 0 and an rstd of 1; alone it serves norms that are put together
// from parts, such as AdaIN.
// Source: Ioffe & Szegedy 2015, "Batch Normalization", section 3.

#include "evenkeel/core/module.hpp"
#include "evenkeel/norm/normalize.hpp"

namespace evenkeel {

/// Throw when gamma or beta is not channels × 1 with a number of channels that divides x's rows.
Var scale_shift(Input x, Input gamma, Input beta);
Var scale_channels(Input x, Input gamma);

/// By what there is of gamma and beta; x itself without them.
Var scale_shift(Var x, const Affine& affine);

/// Gamma and beta as the norm layers own them: they start at 1 and 0.
struct AffineParameters {
  Parameter gamma;  ///< channels × 1; empty when affine is off
  Parameter beta;   ///< channels × 1; empty when affine or bias is off

  AffineParameters(Index num_channels, bool affine, bool bias);
  Affine inputs();
  void members(Members& m);
};

}  // namespace evenkeel
