#include "evenkeel/models/resnet.hpp"

#include <fmt/format.h>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/pool.hpp"

namespace evenkeel {

namespace {

Var apply(std::optional<AnyLayer>& norm, Var x) {
  return norm ? (*norm)(x) : x;
}

}  // namespace

// --- ResidualBlock -------------------------------------------------------------------------------

ResidualBlock::ResidualBlock(ImageShape in, Index channels, Index stride, Random& random,
                             const ResNetOptions& o)
    : conv1(in, channels, centred_window(3, stride), random, conv_options(o.conv)),
      conv2(conv1.out(), channels, centred_window(3), random, conv_options(o.conv)),
      order_(o.order) {
  const bool norm_first = order_ == ResidualOrder::pre_activation;
  if (o.conv.norm) {
    norm1 = o.conv.norm(norm_first ? conv1.in() : conv1.out());
    norm2 = o.conv.norm(norm_first ? conv2.in() : conv2.out());
  }
  if (in == out()) return;
  downsample.emplace(in, channels, 1, stride, random, o.conv);
  if (norm_first) downsample->norm.reset();  // here norms stand before convolutions
}

Var ResidualBlock::operator()(Var x) {
  const Var shortcut = downsample ? (*downsample)(x) : x;
  if (order_ == ResidualOrder::pre_activation) {
    const Var h = conv1(relu(apply(norm1, x)));
    return shortcut + conv2(relu(apply(norm2, h)));
  }
  const Var h = relu(apply(norm1, conv1(x)));
  return relu(shortcut + apply(norm2, conv2(h)));
}

void ResidualBlock::members(Members& m) {
  m.module("conv1", conv1);
  if (norm1) m.module("norm1", *norm1);
  m.module("conv2", conv2);
  if (norm2) m.module("norm2", *norm2);
  if (downsample) m.module("downsample", *downsample);
}

// --- ResNet --------------------------------------------------------------------------------------

namespace {

Index stem_channels(const ResNetOptions& o) {
  if (o.widths.empty() || o.blocks_per_stage == 0) {
    fail("resnet", fmt::format("needs stages and blocks in them, got {} and {}", o.widths.size(),
                               o.blocks_per_stage));
  }
  return o.widths.front();
}

}  // namespace

ResNet::ResNet(const ResNetOptions& o, Random& random)
    : conv1(o.in, stem_channels(o), centred_window(3), random, conv_options(o.conv)),
      fc(o.widths.back(), o.classes, random),
      order_(o.order) {
  ImageShape shape = conv1.out();
  for (Index channels : o.widths) {
    const Index first_stride = stages.empty() ? 1 : 2;
    std::vector<ResidualBlock>& stage = stages.emplace_back();
    for (Index i = 0; i < o.blocks_per_stage; ++i) {
      shape = stage.emplace_back(shape, channels, i == 0 ? first_stride : 1, random, o).out();
    }
  }
  if (o.conv.norm) norm1 = o.conv.norm(order_ == ResidualOrder::original ? conv1.out() : shape);
}

Var ResNet::operator()(Var x) {
  Var h = conv1(x);
  if (order_ == ResidualOrder::original) h = relu(apply(norm1, h));
  for (std::vector<ResidualBlock>& stage : stages) {
    for (ResidualBlock& block : stage) h = block(h);
  }
  if (order_ == ResidualOrder::pre_activation) h = relu(apply(norm1, h));
  return fc(global_average_pool(h, stages.back().back().out()));
}

void ResNet::members(Members& m) {
  m.module("conv1", conv1);
  if (norm1) m.module("norm1", *norm1);
  for (std::size_t s = 0; s < stages.size(); ++s) {
    for (std::size_t i = 0; i < stages[s].size(); ++i) {
      m.module(fmt::format("layer{}.{}", s + 1, i), stages[s][i]);
    }
  }
  m.module("fc", fc);
}

}  // namespace evenkeel
