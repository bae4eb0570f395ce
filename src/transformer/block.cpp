#include "evenkeel/transformer/block.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "base/fail.hpp"
#include "evenkeel/attention/attention.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/transformer/rotary.hpp"

namespace evenkeel {

const Placement& placement_named(std::string_view name) {
  std::string names;
  for (const Placement& placement : all_placements) {
    if (placement.name == name) return placement;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", placement.name);
  }
  fail("placement", "expected one of {}, got \"{}\"", names, name);
}

Placement Placement::around_feed_forward(Index block, Index blocks) const {
  Placement here = *this;
  if (post_share == 0) return here;
  here.after_sum = block < static_cast<Index>(post_share * static_cast<double>(blocks));
  here.before_branch = !here.after_sum;
  return here;
}

Placement Placement::around_attention(Index block, Index blocks) const {
  return qkv_norm ? Placement{.name = name} : around_feed_forward(block, blocks);
}

// --- SelfAttention -------------------------------------------------------------------------------

SelfAttention::SelfAttention(const BlockOptions& o, Random& random)
    : qkv(o.features, 3 * o.features, random, {.bias = o.bias}),
      out(o.features, o.features, random, {.bias = o.bias}),
      options_(o),
      dropout_random_(o.dropout.seed) {
  require(o.heads > 0 && o.features % o.heads == 0, "self_attention",
          "{} features cannot be cut into {} heads", o.features, o.heads);
  require(o.dropout.p >= 0 && o.dropout.p < 1, "self_attention",
          "dropout must be at least 0 and below 1, got {}", o.dropout.p);
  if (!o.qk_norm && !o.placement.qkv_norm) return;
  const Index groups = o.qk_groups == 0 ? o.heads : o.qk_groups;
  require(o.features % groups == 0, "qk_norm", "{} features cannot be cut into {} groups",
          o.features, groups);
  GroupNormOptions rms{.bias = false, .centering = Centering::keep_mean};
  const auto named = [&](std::string_view name) {
    rms.name = name;
    return GroupNorm(groups, o.features, rms);
  };
  q_norm = named("q_norm");
  k_norm = named("k_norm");
  if (o.placement.qkv_norm) v_norm = named("v_norm");
}

Var SelfAttention::operator()(Var x, const Sequences& sequences) {
  return out(attend(qkv(x), sequences));
}

Var SelfAttention::attend(Var packed, const Sequences& sequences) {
  const Index features = options_.features, heads = options_.heads;
  AttentionOptions attention_options{heads, sequences.length, options_.causal, sequences.key_mask};
  if (training() && options_.dropout.p != 0) {
    attention_options.dropout = options_.dropout.p;
    attention_options.seed = dropout_random_.engine()();
  }
  RotaryOptions rotary_options{features / heads, sequences.length};
  if (!q_norm) {
    rotary_options.rows = 2 * features;  // q and k, not v
    if (options_.rotary) packed = rotary(packed, rotary_options);
    return attention(packed, attention_options);
  }
  Var q = (*q_norm)(slice_rows(packed, 0, features));
  Var k = (*k_norm)(slice_rows(packed, features, features));
  Var v = slice_rows(packed, 2 * features, features);
  if (v_norm) v = (*v_norm)(v);
  if (options_.rotary) {
    q = rotary(q, rotary_options);
    k = rotary(k, rotary_options);
  }
  return attention(q, k, v, attention_options);
}

void SelfAttention::members(Members& m) {
  m.module("qkv", qkv);
  m.module("out", out);
  if (q_norm) m.module("q_norm", *q_norm);
  if (k_norm) m.module("k_norm", *k_norm);
  if (v_norm) m.module("v_norm", *v_norm);
  if (options_.dropout.p != 0) m.random("dropout", dropout_random_);
}

// --- FeedForward ---------------------------------------------------------------------------------

FeedForward::FeedForward(const BlockOptions& o, Random& random)
    : up(o.features, o.hidden, random, {.bias = o.bias}),
      down(o.hidden, o.features, random, {.bias = o.bias}),
      nonlinearity_(o.nonlinearity) {
  if (nonlinearity_ == Nonlinearity::swiglu) {
    gate.emplace(o.features, o.hidden, random, LinearOptions{.bias = o.bias});
  }
  if (o.dropout.p != 0) dropout.emplace(o.dropout.p, o.dropout.seed + 1);
}

Var FeedForward::operator()(Var x) {
  const Var h = nonlinear(x);
  return down(dropout ? (*dropout)(h) : h);
}

Var FeedForward::nonlinear(Var x) {
  const Var h = up(x);
  if (nonlinearity_ == Nonlinearity::relu) return relu(h);
  if (nonlinearity_ == Nonlinearity::gelu) return gelu(h, Gelu::exact);
  if (nonlinearity_ == Nonlinearity::gelu_tanh) return gelu(h, Gelu::tanh);
  return silu((*gate)(x)) % h;
}

void FeedForward::members(Members& m) {
  m.module("up", up);
  if (gate) m.module("gate", *gate);
  m.module("down", down);
  if (dropout) m.module("dropout", *dropout);
}

// --- Residual ------------------------------------------------------------------------------------

Residual::Residual(const BlockOptions& options, std::uint64_t dropout_seed)
    : placement_(options.placement), alpha_(options.placement.alpha(options.blocks)) {
  const double l = static_cast<double>(options.block + 1);
  into_branch_ = placement_.over_root_depth ? 1 / std::sqrt(l) : 1;
  const MakeNorm make = options.norm ? options.norm : [](Index n) { return LayerNorm(n); };
  const bool one_before = placement_.on_stream || placement_.before_branch;
  if (one_before || placement_.after_sum) norm = make(options.features);
  if (one_before && placement_.after_sum) sum_norm = make(options.features);
  if (placement_.after_branch) branch_norm = make(options.features);
  if (options.branch_scale) branch_scale = options.branch_scale(options.features);
  if (options.dropout.p != 0) dropout.emplace(options.dropout.p, dropout_seed);
  if (options.hyper.streams < 2) return;
  require(!placement_.after_sum && !placement_.on_stream, "block",
          "with several streams a norm stands before or after the branch, not on \"{}\"'s sum",
          placement_.name);
  hyper.emplace(options.features, options.hyper);
}

Var Residual::stream(Var x) {
  return placement_.on_stream ? (*norm)(x) : x;
}

Var Residual::enter(Var x) {
  if (hyper) x = hyper->enter(x);
  if (placement_.before_branch) x = (*norm)(x);
  return into_branch_ == 1 ? x : into_branch_ * x;
}

Var Residual::leave(Var x, Var branch) {
  if (placement_.after_branch) branch = (*branch_norm)(branch);
  if (branch_scale) branch = (*branch_scale)(branch);
  if (dropout) branch = (*dropout)(branch);
  if (hyper) return hyper->leave(x, branch);
  const Var sum = (alpha_ == 1 ? x : alpha_ * x) + branch;
  if (!placement_.after_sum) return sum;
  return sum_norm ? (*sum_norm)(sum) : (*norm)(sum);
}

void Residual::members(Members& m) {
  if (norm) m.module("norm", *norm);
  if (sum_norm) m.module("sum_norm", *sum_norm);
  if (branch_norm) m.module("branch_norm", *branch_norm);
  if (branch_scale) m.module("branch_scale", *branch_scale);
  if (hyper) m.module("hyper", *hyper);
  if (dropout) m.module("dropout", *dropout);
}

// --- Block ---------------------------------------------------------------------------------------

static BlockOptions with(BlockOptions options, Placement placement) {
  options.placement = placement;
  return options;
}

Block::Block(const BlockOptions& o, Random& random)
    : attention(o, random),
      feed_forward(o, random),
      around_attention(with(o, o.placement.around_attention(o.block, o.blocks)),
                       o.dropout.seed + 2),  // each part drops by numbers of its own
      around_feed_forward(with(o, o.placement.around_feed_forward(o.block, o.blocks)),
                          o.dropout.seed + 3) {
  const Scalar beta = static_cast<Scalar>(o.placement.beta(o.blocks));
  if (beta == 1) return;
  attention.qkv.weight.value.tail_rows(o.features) *= beta;  // v
  attention.out.weight.value *= beta;
  feed_forward.up.weight.value *= beta;
  feed_forward.down.weight.value *= beta;
  if (feed_forward.gate) feed_forward.gate->weight.value *= beta;
}

Var Block::operator()(Var x, const Sequences& sequences) {
  x = around_attention.stream(x);
  x = around_attention.leave(x, attention(around_attention.enter(x), sequences));
  x = around_feed_forward.stream(x);
  return around_feed_forward.leave(x, feed_forward(around_feed_forward.enter(x)));
}

void Block::members(Members& m) {
  m.module("attention", attention);
  m.module("attention_residual", around_attention);
  m.module("feed_forward", feed_forward);
  m.module("feed_forward_residual", around_feed_forward);
}

}  // namespace evenkeel
