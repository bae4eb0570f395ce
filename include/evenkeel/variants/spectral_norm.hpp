#pragma once
// Spectral Norm: the weight divided by its largest singular value, so that no x gets longer.
//
//   v ← wᵀu / ‖wᵀu‖,  u ← w v / ‖w v‖      one step of the power method, in training only
//   sigma = uᵀ w v                        y = w / sigma
//
// w, y: outputs × fan in; u: outputs × 1, v: fan in × 1, kept from step to step, so that one step
// of the method for each step of training is enough; in backward they are constants, and
// dsigma/dw = u vᵀ, which is exact at the singular vectors.
// Looks at no sample. Conventions: those of torch.nn.utils.spectral_norm; no eps: NaN for w = 0.
// Paper: Miyato et al. 2018, "Spectral normalization for GANs", arXiv:1802.05957, algorithm 1.

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

/// For a layer, once it has drawn its weight:
/// `layer.parametrization = SpectralNorm(layer.weight.value, random);`
class SpectralNorm final : public Layer {
 public:
  /// Starts from a random u and this many steps of the power method.
  SpectralNorm(const Matrix& weight, Random& random, Index first_steps = 15)
      : u_(random.normal(weight.n_rows, 1)) {
    for (Index i = 0; i <= first_steps; ++i) power_step(weight);
  }

  Var operator()(Var w) override {
    if (training()) power_step(w.value());
    const Var left = w.tape().constant(u_.t()), right = w.tape().constant(v_);
    const Var sigma = left * w * right;
    return w / sigma;
  }
  void members(Members& m) override {
    m.buffer("u", u_);
    m.buffer("v", v_);
  }

 private:
  void power_step(const Matrix& w) {
    v_ = arma::normalise(Matrix(w.t() * u_));
    u_ = arma::normalise(Matrix(w * v_));
  }

  Matrix u_, v_;
};

}  // namespace evenkeel
