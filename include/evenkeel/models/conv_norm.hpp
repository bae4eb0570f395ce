#pragma once
// What convolutional networks are made of: a convolution, then a norm if there is one.
//
//   y = norm(w ∗ x)        without a norm: y = w ∗ x + b

#include "evenkeel/nn/conv_layer.hpp"
#include "evenkeel/norm/image_norm.hpp"

namespace evenkeel {

struct ConvNormOptions {
  MakeImageNorm norm = {};                       ///< empty: none, and a bias instead
  Init init = he;                                ///< of the convolution's weights
  std::optional<AnyLayer> parametrization = {};  ///< of these: WeightStandardization
};

class ConvNorm final : public Layer {
 public:
  /// The window is size × size, padded so that stride 1 keeps the image's size. Throws when `size`
  /// is even or a count is 0.
  ConvNorm(ImageShape in, Index out_channels, Index size, Index stride, Random& random,
           const ConvNormOptions& options);
  Var operator()(Var x) override;
  void members(Members& m) override;  ///< conv, norm
  ImageShape out() const { return conv.out(); }

  Conv2dLayer conv;
  std::optional<AnyLayer> norm;
};

}  // namespace evenkeel
