#include "block_stacks.hpp"

#include <cmath>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel::lesson {

namespace {

/// factor · LayerNorm(x), without gamma and beta.
class ScaledLayerNorm final : public Layer {
 public:
  explicit ScaledLayerNorm(double factor) : factor_(factor) {}
  Var operator()(Var x) override { return factor_ == 1 ? layer_norm(x) : factor_ * layer_norm(x); }
  void members(Members&) override {}

 private:
  double factor_;
};

}  // namespace

const std::vector<Scheme>& all_schemes() {
  using enum DepthScaling;
  static const std::vector<Scheme> schemes = {
      {"none", "no norm", no_norm, none, colour::none},
      {"post", "post-norm", post_norm, none, colour::post},
      {"pre", "pre-norm", pre_norm, none, colour::pre},
      {"peri", "peri-norm", peri_norm, none, colour::peri},
      {"deep", "DeepNorm", deep_norm, none, colour::deep},
      {"gpt2", "GPT-2 scaling", pre_norm, branch, colour::batch},
      {"lns", "LayerNorm Scaling", pre_norm, norm, colour::instance},
  };
  return schemes;
}

const Scheme& scheme_by_name(const std::string& name) {
  for (const Scheme& scheme : all_schemes()) {
    if (scheme.name == name) return scheme;
  }
  fail("scheme_by_name", "there is no scheme '" + name + "'");
}

std::vector<Block> make_blocks(const Scheme& scheme, const StackSetting& s, Random& random) {
  BlockOptions options;
  options.features = s.width;
  options.heads = 1;
  options.hidden = s.width;
  options.blocks = s.layers;
  options.placement = scheme.placement;
  options.nonlinearity = Nonlinearity::relu;
  options.causal = s.causal;
  options.bias = false;
  std::vector<Block> blocks;
  for (Index l = 1; l <= s.layers; ++l) {
    const bool scaled_norm = scheme.scaling == DepthScaling::norm;
    const double factor = scaled_norm ? 1 / std::sqrt(static_cast<double>(l)) : 1;
    options.norm = [factor](Index) { return ScaledLayerNorm(factor); };
    blocks.emplace_back(options, random);
    if (scheme.scaling != DepthScaling::branch) continue;
    const double smaller = 1 / std::sqrt(2 * static_cast<double>(s.layers));
    blocks.back().attention.out.weight.value *= static_cast<Scalar>(smaller);
    blocks.back().feed_forward.down.weight.value *= static_cast<Scalar>(smaller);
  }
  return blocks;
}

}  // namespace evenkeel::lesson
