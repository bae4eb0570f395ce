#include "evenkeel/transformer/block.hpp"

#include <fmt/format.h>

#include <string>

#include "base/fail.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/attention.hpp"
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

// --- HeadNorm ------------------------------------------------------------------------------------

HeadNorm::HeadNorm(Index features, Index heads)
    : affine_(features, true, false), head_features_(features / heads) {}

Var HeadNorm::operator()(Var x) {
  return normalized("qk_norm", x, {head_features_, 1}, 1e-5, affine_.inputs(), x.rows(),
                    Centering::keep_mean);
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
  if (o.qk_norm) {
    q_norm.emplace(o.features, o.heads);
    k_norm.emplace(o.features, o.heads);
  }
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
  if (!options_.qk_norm) {
    rotary_options.rows = 2 * features;  // q and k, not v
    if (options_.rotary) packed = rotary(packed, rotary_options);
    return attention(packed, attention_options);
  }
  Var q = (*q_norm)(slice_rows(packed, 0, features));
  Var k = (*k_norm)(slice_rows(packed, features, features));
  const Var v = slice_rows(packed, 2 * features, features);
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
  switch (nonlinearity_) {
    case Nonlinearity::relu:
      return relu(h);
    case Nonlinearity::gelu:
      return gelu(h, Gelu::exact);
    case Nonlinearity::gelu_tanh:
      return gelu(h, Gelu::tanh);
    case Nonlinearity::swiglu:
      break;
  }
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
  require(!(placement_.before_branch && placement_.after_sum), "block",
          "a placement has its norm before the branch or after the sum, not both");
  const MakeNorm make = options.norm ? options.norm : [](Index n) { return LayerNorm(n); };
  if (placement_.before_branch || placement_.after_sum) norm = make(options.features);
  if (placement_.after_branch) branch_norm = make(options.features);
  if (options.dropout.p != 0) dropout.emplace(options.dropout.p, dropout_seed);
}

Var Residual::enter(Var x) {
  return placement_.before_branch ? (*norm)(x) : x;
}

Var Residual::leave(Var x, Var branch) {
  if (placement_.after_branch) branch = (*branch_norm)(branch);
  if (dropout) branch = (*dropout)(branch);
  const Var sum = (alpha_ == 1 ? x : alpha_ * x) + branch;
  return placement_.after_sum ? (*norm)(sum) : sum;
}

void Residual::members(Members& m) {
  if (norm) m.module("norm", *norm);
  if (branch_norm) m.module("branch_norm", *branch_norm);
  if (dropout) m.module("dropout", *dropout);
}

// --- Block ---------------------------------------------------------------------------------------

Block::Block(const BlockOptions& o, Random& random)
    : attention(o, random),
      feed_forward(o, random),
      around_attention(o, o.dropout.seed + 2),  // each part drops by numbers of its own
      around_feed_forward(o, o.dropout.seed + 3) {
  const Scalar beta = static_cast<Scalar>(o.placement.beta(o.blocks));
  if (beta == 1) return;
  attention.qkv.weight.value.tail_rows(o.features) *= beta;  // v
  attention.out.weight.value *= beta;
  feed_forward.up.weight.value *= beta;
  feed_forward.down.weight.value *= beta;
  if (feed_forward.gate) feed_forward.gate->weight.value *= beta;
}

Var Block::operator()(Var x, const Sequences& sequences) {
  const Var attended = attention(around_attention.enter(x), sequences);
  const Var h = around_attention.leave(x, attended);
  return around_feed_forward.leave(h, feed_forward(around_feed_forward.enter(h)));
}

void Block::members(Members& m) {
  m.module("attention", attention);
  m.module("attention_residual", around_attention);
  m.module("feed_forward", feed_forward);
  m.module("feed_forward_residual", around_feed_forward);
}

}  // namespace evenkeel
