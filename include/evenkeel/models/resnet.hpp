#pragma once
// A residual network for small images.
//
//   stem:    h = relu(norm(w ∗ x))                                     3×3
//   block:   h ← relu(s(h) + norm(w ∗ relu(norm(w ∗ h))))              3×3, 3×3; `original`
//            h ← s(h) + w ∗ relu(norm(w ∗ relu(norm(h))))              `pre_activation`
//   head:    y = W · (mean of each channel over its positions) + b
//
// s is the identity; where the number of channels or the size of the image changes (every
// stage but the first begins with stride 2) it is a 1×1 convolution, in the original
// order with a norm. In the pre-activation order a last norm and relu stand before the
// mean, and the stem is the convolution alone.
//
// x: in.rows() × samples; y: classes × samples. Parameters are named
// after torchvision's: conv1, layer1.0.conv1, …
// Papers: He et al. 2015, "Deep residual learning for image recognition",
// arXiv:1512.03385, section 4.2; He et al. 2016, "Identity mappings in deep residual
// networks", arXiv:1603.05027 (pre-activation).

#include <vector>

#include "evenkeel/models/conv_norm.hpp"
#include "evenkeel/nn/linear_layer.hpp"

namespace evenkeel {

enum class ResidualOrder { original, pre_activation };

struct ResNetOptions {
  ImageShape in{1, 28, 28};
  std::vector<Index> widths{16, 32, 64};  ///< channels of each stage
  Index blocks_per_stage = 1;             ///< the paper's n: 2n convolutions a stage
  Index classes = 10;
  ResidualOrder order = ResidualOrder::original;
  ConvNormOptions conv = {};  ///< norm, init and parametrization of every convolution
};

class ResidualBlock final : public Layer {
 public:
  ResidualBlock(ImageShape in, Index channels, Index stride, Random& random,
                const ResNetOptions& options);
  Var operator()(Var x) override;
  void members(Members& m) override;  ///< conv1, norm1, conv2, norm2, downsample
  ImageShape out() const { return conv2.out(); }

  Conv2dLayer conv1, conv2;
  std::optional<AnyLayer> norm1, norm2;  ///< after conv1 and conv2, or (pre-activation) before
  std::optional<ConvNorm> downsample;    ///< s, where it is not the identity

 private:
  ResidualOrder order_;
};

class ResNet final : public Layer {
 public:
  /// Throws when there is no stage or a count is 0.
  ResNet(const ResNetOptions& options, Random& random);
  Var operator()(Var x) override;
  void members(Members& m) override;  ///< conv1, norm1, layer1.0, …, fc

  Conv2dLayer conv1;
  std::optional<AnyLayer> norm1;  ///< after the stem; in the pre-activation order before the mean
  std::vector<std::vector<ResidualBlock>> stages;
  LinearLayer fc;

 private:
  ResidualOrder order_;
};

}  // namespace evenkeel
