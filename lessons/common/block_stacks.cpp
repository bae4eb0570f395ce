#include "block_stacks.hpp"

#include <cmath>

#include "norms.hpp"

namespace evenkeel::lesson {

const std::vector<Scheme>& all_schemes() {
  using enum Beside;
  static const std::vector<Scheme> schemes = {
      {{"none", "no normalization", colour::none}, no_norm, nothing},
      {{"post", "post-norm", colour::post}, post_norm, nothing},
      {{"pre", "pre-norm", colour::pre}, pre_norm, nothing},
      {{"peri", "peri-norm", colour::peri}, peri_norm, nothing},
      {{"deep", "DeepNorm", colour::deep}, deep_norm, nothing},
      {{"gpt2", "GPT-2 scaling", colour::batch}, pre_norm, smaller_branches},
      {{"lns", "LayerNorm Scaling", colour::instance}, layer_norm_scaling, nothing},
      {{"olmo2", "OLMo 2", colour::none}, olmo2_norm, qk_norm},
      {{"mix", "Mix-LN", colour::group}, mix_norm, nothing},
      {{"hybrid", "HybridNorm", colour::rms}, hybrid_norm, nothing},
      {{"keel", "Keel", colour::batch}, keel_norm, nothing},
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
  options.norm = [&](Index features) { return feature_norm(s.norm, features); };
  options.qk_norm = scheme.beside == Beside::qk_norm;
  options.qk_groups = 1;  // over all heads, as OLMo 2 has it
  std::vector<Block> blocks;
  for (options.block = 0; options.block < s.layers; ++options.block) {
    blocks.emplace_back(options, random);
    if (scheme.beside != Beside::smaller_branches) continue;
    const double smaller = 1 / std::sqrt(2 * static_cast<double>(s.layers));
    blocks.back().attention.out.weight.value *= static_cast<Scalar>(smaller);
    blocks.back().feed_forward.down.weight.value *= static_cast<Scalar>(smaller);
  }
  return blocks;
}

Var pass(Block& block, Var x, Branches branches, Index length) {
  if (branches == Branches::both) return block(x, {.length = length});
  Residual& around = block.around_feed_forward;
  x = around.stream(x);
  return around.leave(x, block.feed_forward(around.enter(x)));
}

StreamTheory stream_theory(const Scheme& scheme, Index layers) {
  const double depth = static_cast<double>(layers);
  const bool deep = scheme.name == "deep", keel = scheme.name == "keel";
  const double x_weight = deep ? std::sqrt(2 * depth) : keel ? std::pow(2 * depth, 2) : 1;  // α²
  const double smaller = deep                                        ? 1 / (8 * depth)      // β⁴
                         : scheme.beside == Beside::smaller_branches ? 1 / (2 * depth)
                                                                     : 1;
  StreamTheory theory{{1}, {1}, {}};
  double gradient = 1;  // squared, of the stream after the block, the stack's input having 1
  for (Index l = 1; l <= layers; ++l) {
    const Placement here = scheme.placement.around_feed_forward(l - 1, layers);
    double x = theory.stream.back();
    if (here.on_stream) {
      gradient *= x;
      x = 1;
    }
    double into = here.before_branch ? 1 : x;
    if (here.over_root_depth) into /= static_cast<double>(l);
    const double branch = here.after_branch ? 1 : smaller * into / 2;
    const double grows = 1 + branch / (x_weight * x);  // the sum over x, and backward the same
    const double sum = x_weight * x * grows;
    theory.stream.push_back(here.after_sum ? 1 : sum);
    theory.input.push_back(theory.input.back() / std::sqrt(grows));
    gradient /= x_weight * grows;  // before the sum: what a norm of the sum has divided
    theory.gradient.push_back(std::sqrt(gradient * (here.after_branch ? 1 : into)));
    if (here.after_sum) gradient *= sum;
  }
  const double first = theory.gradient.front();
  for (double& size : theory.gradient) size /= first;
  return theory;
}

}  // namespace evenkeel::lesson
