#include "evenkeel/transformer/block.hpp"

#include "evenkeel/core/shape.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

namespace {

AnyLayer make_norm(const BlockOptions& options) {
  return options.norm ? options.norm(options.features) : AnyLayer(LayerNorm(options.features));
}

// Each part of a block drops by numbers of its own.
DropoutOptions dropout_of(const BlockOptions& options, std::uint64_t part) {
  return {options.dropout.p, options.dropout.seed + part};
}

}  // namespace

// --- Residual ------------------------------------------------------------------------------------

Residual::Residual(const BlockOptions& options, std::uint64_t dropout_seed)
    : placement_(options.placement), alpha_(options.placement.alpha(options.blocks)) {
  if (placement_.before_branch && placement_.after_sum) {
    fail("block", "a placement has its norm before the branch or after the sum, not both");
  }
  if (placement_.before_branch || placement_.after_sum) norm = make_norm(options);
  if (placement_.after_branch) branch_norm = make_norm(options);
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
    : attention(o.features, o.heads, random,
                {o.causal, o.bias, o.qk_norm, o.rotary, dropout_of(o, 0)}),
      feed_forward(o.features, o.hidden, random, {o.nonlinearity, o.bias, dropout_of(o, 1)}),
      around_attention(o, dropout_of(o, 2).seed),
      around_feed_forward(o, dropout_of(o, 3).seed) {
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
