#pragma once
// A network after VGG: stages of 3×3 convolutions, each ended by a pooling that halves the image.
//
//   h ← relu(norm(w ∗ h))  convs_per_stage times, then max_pool 2×2        for each stage
//   y = W h + b            over all channels and positions that are left
//
// x: in.rows() × samples; y: classes × samples.
// Paper: Simonyan & Zisserman 2014, "Very deep convolutional networks for large-scale image
// recognition", arXiv:1409.1556; here without its two hidden linear layers and without dropout.

#include <vector>

#include "evenkeel/models/conv_norm.hpp"
#include "evenkeel/nn/linear_layer.hpp"

namespace evenkeel {

struct VggOptions {
  ImageShape in{1, 28, 28};
  std::vector<Index> widths{16, 32, 64};  ///< channels of each stage
  Index convs_per_stage = 2;
  Index classes = 10;
  ConvNormOptions conv = {};  ///< norm, init and parametrization of every convolution
};

class Vgg final : public Layer {
 public:
  /// Throws when there is no stage, a count is 0, or the image is too small to be halved so often.
  Vgg(const VggOptions& options, Random& random);
  Var operator()(Var x) override;
  void members(Members& m) override;  ///< features.0.conv, features.0.norm, …, classifier

  std::vector<std::vector<ConvNorm>> stages;
  LinearLayer classifier;
};

}  // namespace evenkeel
