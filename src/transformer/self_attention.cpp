#include "evenkeel/transformer/self_attention.hpp"

#include <fmt/format.h>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/ops/attention.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/transformer/rotary.hpp"

namespace evenkeel {

SelfAttention::SelfAttention(Index features, Index heads, Random& random,
                             SelfAttentionOptions options)
    : qkv(features, 3 * features, random, {.bias = options.bias}),
      out(features, features, random, {.bias = options.bias}),
      heads_(heads),
      causal_(options.causal),
      rotary_(options.rotary),
      dropout_(options.dropout) {
  if (heads == 0 || features % heads != 0) {
    fail("self_attention", fmt::format("{} features cannot be cut into {} heads", features, heads));
  }
  if (!(dropout_ >= 0 && dropout_ < 1)) {
    fail("self_attention", fmt::format("dropout must be at least 0 and below 1, got {}", dropout_));
  }
  if (dropout_ > 0) seeds_.emplace(random.engine()());
  if (!options.qk_norm) return;
  q_norm = options.qk_norm(features / heads);
  k_norm = options.qk_norm(features / heads);
}

// Reshaped to d × heads·tokens, every head of every token is a column: any norm of columns will do.
Var SelfAttention::normalize_heads(Var packed) {
  const Index n = packed.rows() / 3, tokens = packed.cols();
  const auto per_head = [&](AnyLayer& norm, Var x) {
    return reshape(norm(reshape(x, n / heads_, heads_ * tokens)), n, tokens);
  };
  const Var q = per_head(*q_norm, slice_rows(packed, 0, n));
  const Var k = per_head(*k_norm, slice_rows(packed, n, n));
  return concatenate_rows({q, k, slice_rows(packed, 2 * n, n)});
}

Var SelfAttention::operator()(Var x, const Sequences& sequences) {
  Var packed = qkv(x);
  if (q_norm) packed = normalize_heads(packed);
  if (rotary_) {
    const Index n = packed.rows() / 3;
    packed = rotary(packed, {n / heads_, sequences.length, 2 * n});
  }
  AttentionOptions options{heads_, sequences.length, causal_, sequences.key_mask};
  if (seeds_ && training()) {
    options.dropout = dropout_;
    options.seed = seeds_->engine()();
  }
  return out(attention(packed, options));
}

void SelfAttention::members(Members& m) {
  m.module("qkv", qkv);
  if (q_norm) m.module("q_norm", *q_norm);
  if (k_norm) m.module("k_norm", *k_norm);
  m.module("out", out);
}

}  // namespace evenkeel
