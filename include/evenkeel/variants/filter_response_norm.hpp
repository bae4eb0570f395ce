#pragma once
// FRN with TLU: InstanceNorm without the centering, and an activation whose threshold is learned,
// since what is not centered need not have its kink at 0.
//
//   y = gamma ⊙ x / √(mean(x²) + eps) + beta      z = max(y, tau)
//
// x, z: channels·positions × samples (position fastest); the mean: over the positions of a channel
// of a sample; gamma, beta, tau: channels × 1, from 1, 0 and 0 (a ReLU).
// Tile: positions × 1, Centering::keep_mean. With one position y is gamma·sign(x) + beta.
// Conventions: eps inside the root, 1e-6 (the paper learns it where there is one position); the
// derivative of max is 0 where y = tau.
// Paper: Singh & Krishnan 2020, "Filter response normalization layer", arXiv:1911.09737.

#include "evenkeel/norm/scale_shift.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

/// Norm and activation in one. Throws when num_channels does not divide the rows of x.
class FilterResponseNorm final : public Layer {
 public:
  explicit FilterResponseNorm(Index num_channels, double eps = 1e-6)
      : affine_(num_channels, true, true),
        tau_(Matrix(num_channels, 1, arma::fill::zeros), "tau"),
        eps_(eps) {}

  Var operator()(Var x) override {
    const Index channels = tau_.value.n_rows;
    const std::string_view norm = "filter_response_norm";
    const Tile tile = instance_tile(x.shape(), channels, 1, norm);
    const Var y = normalized(norm, x, tile, eps_, affine_.inputs(), channels, Centering::keep_mean);
    const Var tau = x.tape().parameter(tau_);
    return channel_bias(relu(channel_bias(y, -tau)), tau);  // max(y − tau, 0) + tau
  }
  void members(Members& m) override {
    affine_.members(m);
    m.parameter("tau", tau_);
  }

 private:
  AffineParameters affine_;
  Parameter tau_;
  double eps_;
};

}  // namespace evenkeel
