#include "block_stacks.hpp"

#include <cmath>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "norms.hpp"

namespace evenkeel::lesson {

namespace {

/// factor · norm(x)
class ScaledNorm final : public Layer {
 public:
  ScaledNorm(AnyLayer norm, double factor) : norm_(std::move(norm)), factor_(factor) {}
  Var operator()(Var x) override { return factor_ * norm_(x); }
  void members(Members& m) override { norm_.members(m); }

 private:
  AnyLayer norm_;
  double factor_;
};

}  // namespace

const std::vector<Scheme>& all_schemes() {
  using enum DepthScaling;
  static const std::vector<Scheme> schemes = {
      {{"none", "no normalization", colour::none}, no_norm, none},
      {{"post", "post-norm", colour::post}, post_norm, none},
      {{"pre", "pre-norm", colour::pre}, pre_norm, none},
      {{"peri", "peri-norm", colour::peri}, peri_norm, none},
      {{"deep", "DeepNorm", colour::deep}, deep_norm, none},
      {{"gpt2", "GPT-2 scaling", colour::batch}, pre_norm, branch},
      {{"lns", "LayerNorm Scaling", colour::instance}, pre_norm, norm},
  };
  return schemes;
}

std::vector<Block> make_blocks(const Scheme& scheme, const StackSetting& s, Random& random) {
  BlockOptions options;
  options.features = s.width;
  options.heads = s.heads;
  options.hidden = s.widening * s.width;
  options.blocks = s.layers;
  options.placement = scheme.placement;
  options.nonlinearity = Nonlinearity::relu;
  options.causal = s.causal;
  options.bias = false;
  std::vector<Block> blocks;
  for (Index l = 1; l <= s.layers; ++l) {
    options.norm = [&](Index features) {
      const AnyLayer norm = feature_norm(s.norm, features);
      if (scheme.scaling != DepthScaling::norm) return norm;
      return AnyLayer(ScaledNorm(norm, 1 / std::sqrt(static_cast<double>(l))));
    };
    blocks.emplace_back(options, random);
    if (scheme.scaling != DepthScaling::branch) continue;
    const double smaller = 1 / std::sqrt(2 * static_cast<double>(s.layers));
    blocks.back().attention.out.weight.value *= static_cast<Scalar>(smaller);
    blocks.back().feed_forward.down.weight.value *= static_cast<Scalar>(smaller);
  }
  return blocks;
}

}  // namespace evenkeel::lesson
