#include "evenkeel/models/conv_norm.hpp"

#include "base/fail.hpp"

namespace evenkeel {

static Window centred_window(Index size, Index stride) {
  require(size % 2 == 1, "conv_norm", "the window must be odd to have a centre, got {}", size);
  return {.height = size, .width = size, .stride = stride, .padding = size / 2};
}

ConvNorm::ConvNorm(ImageShape in, Index out_channels, Index size, Index stride, Random& random,
                   const ConvNormOptions& o)
    : conv(in, out_channels, centred_window(size, stride), random,
           {.bias = !o.norm, .init = o.init, .parametrization = o.parametrization}) {
  if (o.norm) norm = o.norm(conv.out());
}

Var ConvNorm::operator()(Var x) {
  const Var y = conv(x);
  return norm ? (*norm)(y) : y;
}

void ConvNorm::members(Members& m) {
  m.module("conv", conv);
  if (norm) m.module("norm", *norm);
}

}  // namespace evenkeel
