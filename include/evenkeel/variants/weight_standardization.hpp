#pragma once
// Weight Standardization: not the activations are normalized but the weights of each output.
//
//   ŵ = gain / √fan_in · (w − mean) / √(variance + eps)      scaled: g ⊙ ŵ
//
// w, ŵ: outputs × fan in (the weight of a linear layer or of a convolution); mean and variance:
// one for each row. Tile: 1 × the whole row.
// Looks at no sample, so training and evaluation are the same. What it cannot know is the
// activations: with relu and gain 1/σ(relu(N(0, 1))) = 1.7129 (gain::standardized_relu) outputs
// have mean square 1 in the first forward pass, and only there.
// Conventions: biased variance, eps inside the root; eps is small since variances of weights are.
// Papers: Qiao et al. 2019, "Micro-batch training with batch-channel normalization and weight
// standardization", arXiv:1903.10520, has no gain / √fan_in, which a norm behind the layer takes
// out again; Brock, De & Smith 2021, arXiv:2101.08692, has, and a learned g (outputs × 1, from 1),
// "Scaled Weight Standardization", and goes without that norm.

#include <cmath>

#include "evenkeel/norm/scale_shift.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

struct WeightStandardizationOptions {
  double gain = 1;
  double eps = 1e-10;
  Index scaled_outputs = 0;  ///< of the layer: learn a g for each of these outputs
};

/// An output with one input gets the weight 0. Throws when eps is negative.
inline Var weight_standardization(Var w, WeightStandardizationOptions options = {}) {
  const Tile row{1, w.cols()};
  const Var what = normalize(w, row, Centering::subtract_mean, options.eps);
  return options.gain / std::sqrt(static_cast<double>(w.cols())) * what;
}

/// For a layer: `LinearLayer(64, 64, random, {.parametrization = WeightStandardization()})`.
class WeightStandardization final : public Layer {
 public:
  explicit WeightStandardization(WeightStandardizationOptions options = {})
      : options_(options), g_(Matrix(options.scaled_outputs, 1, arma::fill::ones), "g") {}
  Var operator()(Var w) override {
    const Var y = weight_standardization(w, options_);
    return g_.value.empty() ? y : scale_channels(y, g_);
  }
  void members(Members& m) override {
    if (!g_.value.empty()) m.parameter("gain", g_);
  }

 private:
  WeightStandardizationOptions options_;
  Parameter g_;
};

}  // namespace evenkeel
