#pragma once
// The convolution layer: y = w ∗ x + b (the formula: images/conv.hpp), with a bias for each output
// channel.
//
// x: in.rows() × samples, an image in each column; y: out().rows() × samples;
// weight: out channels × (in channels · window), which row by row is PyTorch's
// (out, in, kh, kw); bias: out channels × 1.
// The layer knows its images' shape from the start, so that what follows can be made from out():
//
//   Conv2dLayer conv({1, 28, 28}, 16, {.height = 3, .width = 3, .padding = 1}, random);
//   BatchNorm norm(conv.out().channels);
//
// Starts with weights N(0, 1/fan_in) unless told otherwise (init.hpp), and bias 0.

#include <optional>

#include "evenkeel/core/any_layer.hpp"
#include "evenkeel/nn/init.hpp"

namespace evenkeel {

struct Conv2dOptions {
  bool bias = true;  ///< of no use where BatchNorm follows, which subtracts it again
  Init init = lecun;
  /// What the weight goes through before its use: WeightStandardization, or a layer of one's own.
  std::optional<AnyLayer> parametrization = {};
};

class Conv2dLayer final : public Layer {
 public:
  /// Throws when the window does not fit into the image, or there are no channels.
  Conv2dLayer(ImageShape in, Index out_channels, Window window, Random& random,
              Conv2dOptions options = {});
  Var operator()(Var x) override;
  void members(Members& m) override;

  ImageShape out() const { return out_; }

  Parameter weight;
  Parameter bias;  ///< empty without bias
  std::optional<AnyLayer> parametrization;

 private:
  ImageShape in_;
  ImageShape out_;
  Window window_;
};

}  // namespace evenkeel
