#include "evenkeel/transformer/self_attention.hpp"

#include <fmt/format.h>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/ops/attention.hpp"
#include "evenkeel/ops/shape.hpp"

namespace evenkeel {

SelfAttention::SelfAttention(Index features, Index heads, Random& random,
                             SelfAttentionOptions options)
    : qkv(features, 3 * features, random, {.bias = options.bias}),
      out(features, features, random, {.bias = options.bias}),
      features_(features),
      heads_(heads),
      causal_(options.causal) {
  if (heads == 0 || features % heads != 0) {
    fail("self_attention", fmt::format("{} features cannot be cut into {} heads", features, heads));
  }
}

Var SelfAttention::operator()(Var x, const Sequences& sequences) {
  const Var projected = qkv(x);
  const Var q = slice_rows(projected, 0, features_);
  const Var k = slice_rows(projected, features_, features_);
  const Var v = slice_rows(projected, 2 * features_, features_);
  return out(attention(q, k, v, {heads_, sequences.length, causal_, sequences.key_mask}));
}

void SelfAttention::members(Members& m) {
  m.module("qkv", qkv);
  m.module("out", out);
}

}  // namespace evenkeel
