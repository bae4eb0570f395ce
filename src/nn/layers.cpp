// The layers with weights.

#include "base/fail.hpp"
#include "evenkeel/images/conv.hpp"
#include "evenkeel/nn/conv_layer.hpp"
#include "evenkeel/nn/embedding.hpp"
#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/shape.hpp"

namespace evenkeel {

LinearLayer::LinearLayer(Index in, Index out, Random& random, LinearOptions options)
    : parametrization(std::move(options.parametrization)) {
  require(in > 0 && out > 0, "linear", "a layer needs inputs and outputs, got {} and {}", in, out);
  require(options.sd >= 0, "linear", "sd must be at least 0, got {}", options.sd);
  weight = Parameter(options.sd > 0 ? random.normal(out, in, options.sd)
                                    : options.init({.out = out, .in = in}, random),
                     "weight");
  bias = Parameter(Matrix(options.bias ? out : 0, 1, arma::fill::zeros), "bias");
}

Var LinearLayer::operator()(Var x) {
  Var w = x.tape().parameter(weight);
  if (parametrization) w = (*parametrization)(w);
  return bias.value.empty() ? linear(x, w) : linear(x, w, bias);
}

void LinearLayer::members(Members& m) {
  m.parameter("weight", weight,
              {.shape = {weight.value.n_rows, weight.value.n_cols}});  // in = 1 too
  if (!bias.value.empty()) m.parameter("bias", bias);
  if (parametrization) m.module("parametrization", *parametrization);
}

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

Embedding::Embedding(Index count, Index width, Random& random, double sd) {
  require(count > 0 && width > 0, "embedding", "count and width must be above 0, got {} and {}",
          count, width);
  require(sd >= 0, "embedding", "sd must be at least 0, got {}", sd);
  weight = Parameter(random.normal(width, count, sd), "weight");
}

Var Embedding::operator()(Tape& tape, const std::vector<Index>& numbers) {
  return gather(tape.parameter(weight), numbers);
}

void Embedding::members(Members& m) {
  m.parameter("weight", weight, {TensorForm::by_columns});
}

}  // namespace evenkeel
