#include "evenkeel/models/resnet.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"
#include "evenkeel/images/pool.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

namespace {

// By torchvision's names
void show(Members& m, int number, ConvNorm& layer) {
  m.module(fmt::format("conv{}", number), layer.conv);
  if (layer.norm) m.module(fmt::format("norm{}", number), *layer.norm);
}

Index stem_channels(const ResNetOptions& o) {
  require(!o.widths.empty() && o.blocks_per_stage > 0, "resnet",
          "needs stages and blocks in them, got {} and {}", o.widths.size(), o.blocks_per_stage);
  return o.widths.front();
}

}  // namespace

// --- ResidualBlock -------------------------------------------------------------------------------

ResidualBlock::ResidualBlock(ImageShape in, Index channels, Index stride, Random& random,
                             const ConvNormOptions& o)
    : first(in, channels, 3, stride, random, o), second(first.out(), channels, 3, 1, random, o) {
  if (in != out()) downsample.emplace(in, channels, 1, stride, random, o);
}

Var ResidualBlock::operator()(Var x) {
  const Var shortcut = downsample ? (*downsample)(x) : x;
  const Var h = relu(first(x));
  return relu(shortcut + second(h));
}

void ResidualBlock::members(Members& m) {
  show(m, 1, first);
  show(m, 2, second);
  if (downsample) m.module("downsample", *downsample);
}

// --- ResNet --------------------------------------------------------------------------------------

ResNet::ResNet(const ResNetOptions& o, Random& random)
    : stem(o.in, stem_channels(o), 3, 1, random, o.conv), fc(o.widths.back(), o.classes, random) {
  ImageShape shape = stem.out();
  for (Index channels : o.widths) {
    const Index first_stride = stages.empty() ? 1 : 2;
    std::vector<ResidualBlock>& stage = stages.emplace_back();
    for (Index i = 0; i < o.blocks_per_stage; ++i) {
      shape = stage.emplace_back(shape, channels, i == 0 ? first_stride : 1, random, o.conv).out();
    }
  }
}

Var ResNet::operator()(Var x) {
  Var h = relu(stem(x));
  for (std::vector<ResidualBlock>& stage : stages) {
    for (ResidualBlock& block : stage) h = block(h);
  }
  return fc(global_average_pool(h, stages.back().back().out()));
}

void ResNet::members(Members& m) {
  show(m, 1, stem);
  for (std::size_t s = 0; s < stages.size(); ++s) {
    for (std::size_t i = 0; i < stages[s].size(); ++i) {
      m.module(fmt::format("layer{}.{}", s + 1, i), stages[s][i]);
    }
  }
  m.module("fc", fc);
}

}  // namespace evenkeel
