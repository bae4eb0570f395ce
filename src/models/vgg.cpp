#include "evenkeel/models/vgg.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"
#include "evenkeel/images/pool.hpp"
#include "evenkeel/ops/activation.hpp"

namespace evenkeel {

namespace {

ImageShape halved(ImageShape s) {
  return {s.channels, s.height / 2, s.width / 2};
}

std::vector<std::vector<ConvNorm>> make_stages(const VggOptions& o, Random& random) {
  require(!o.widths.empty() && o.convs_per_stage > 0, "vgg",
          "needs stages and convolutions in them, got {} and {}", o.widths.size(),
          o.convs_per_stage);
  std::vector<std::vector<ConvNorm>> stages;
  ImageShape shape = o.in;
  for (Index channels : o.widths) {
    std::vector<ConvNorm>& stage = stages.emplace_back();
    for (Index i = 0; i < o.convs_per_stage; ++i) {
      shape = stage.emplace_back(shape, channels, 3, 1, random, o.conv).out();
    }
    shape = halved(shape);
  }
  return stages;
}

}  // namespace

Vgg::Vgg(const VggOptions& o, Random& random)
    : stages(make_stages(o, random)),
      classifier(halved(stages.back().back().out()).rows(), o.classes, random) {}

Var Vgg::operator()(Var x) {
  Var h = x;
  for (std::vector<ConvNorm>& stage : stages) {
    for (ConvNorm& conv : stage) h = relu(conv(h));
    h = max_pool(h, stage.back().out(), 2);
  }
  return classifier(h);
}

void Vgg::members(Members& m) {
  Index number = 0;
  for (std::vector<ConvNorm>& stage : stages) {
    for (ConvNorm& conv : stage) m.module(fmt::format("features.{}", number++), conv);
  }
  m.module("classifier", classifier);
}

}  // namespace evenkeel
