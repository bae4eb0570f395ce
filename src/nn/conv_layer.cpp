#include "evenkeel/nn/conv_layer.hpp"

#include "base/fail.hpp"
#include "evenkeel/ops/conv.hpp"

namespace evenkeel {

Conv2dLayer::Conv2dLayer(ImageShape in, Index out_channels, Window window, Random& random,
                         Conv2dOptions options)
    : parametrization(std::move(options.parametrization)), in_(in), window_(window) {
  require(in.rows() > 0, "conv2d", "a layer needs an image to look at, got {}×{}×{}", in.channels,
          in.height, in.width);
  out_ = window.output("conv2d", in, out_channels);
  const WeightShape shape{
      .out = out_channels, .in = in.channels, .window = window.height * window.width};
  weight = Parameter(options.init(shape, random), "weight");
  bias = Parameter(Matrix(options.bias ? out_channels : 0, 1, arma::fill::zeros), "bias");
}

Var Conv2dLayer::operator()(Var x) {
  Var w = x.tape().parameter(weight);
  if (parametrization) w = (*parametrization)(w);
  const Var y = conv2d(x, w, in_, window_);
  return bias.value.empty() ? y : channel_bias(y, bias);
}

void Conv2dLayer::members(Members& m) {
  m.parameter("weight", weight,
              {.shape = {out_.channels, in_.channels, window_.height, window_.width}});
  if (!bias.value.empty()) m.parameter("bias", bias);
  if (parametrization) m.module("parametrization", *parametrization);
}

}  // namespace evenkeel
