#pragma once
// A residual network for small images.
//
//   stem:    h = relu(norm(w ∗ x))                                     3×3
//   block:   h ← relu(s(h) + norm(w ∗ relu(norm(w ∗ h))))              3×3, 3×3
//   head:    y = W · (mean of each channel over its positions) + b
//
// s is the identity; where the number of channels or the size of the image changes (every stage but
// the first begins with stride 2) it is a 1×1 convolution with a norm.
//
// x: in.rows() × samples; y: classes × samples. Parameters are named after torchvision's: conv1,
// layer1.0.conv1, …
// Paper: He et al. 2015, "Deep residual learning for image recognition", arXiv:1512.03385,
// section 4.2.

#include <vector>

#include "evenkeel/models/conv_norm.hpp"
#include "evenkeel/nn/linear_layer.hpp"

namespace evenkeel {

struct ResNetOptions {
  ImageShape in{1, 28, 28};
  std::vector<Index> widths{16, 32, 64};  ///< channels of each stage
  Index blocks_per_stage = 1;             ///< the paper's n: 2n convolutions a stage
  Index classes = 10;
  ConvNormOptions conv = {};  ///< norm, init and parametrization of every convolution
};

class ResidualBlock final : public Layer {
 public:
  ResidualBlock(ImageShape in, Index channels, Index stride, Random& random,
                const ConvNormOptions& options);
  Var operator()(Var x) override;
  void members(Members& m) override;  ///< conv1, norm1, conv2, norm2, downsample
  ImageShape out() const { return second.out(); }

  ConvNorm first, second;
  std::optional<ConvNorm> downsample;  ///< s, where it is not the identity
};

class ResNet final : public Layer {
 public:
  /// Throws when there is no stage or a count is 0.
  ResNet(const ResNetOptions& options, Random& random);
  Var operator()(Var x) override;
  void members(Members& m) override;  ///< conv1, norm1, layer1.0, …, fc

  ConvNorm stem;
  std::vector<std::vector<ResidualBlock>> stages;
  LinearLayer fc;
};

}  // namespace evenkeel
