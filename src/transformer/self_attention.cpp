#include "evenkeel/transformer/self_attention.hpp"

#include <fmt/format.h>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/ops/attention.hpp"

namespace evenkeel {

SelfAttention::SelfAttention(Index features, Index heads, Random& random,
                             SelfAttentionOptions options)
    : qkv(features, 3 * features, random, {.bias = options.bias}),
      out(features, features, random, {.bias = options.bias}),
      heads_(heads),
      causal_(options.causal) {
  if (heads == 0 || features % heads != 0) {
    fail("self_attention", fmt::format("{} features cannot be cut into {} heads", features, heads));
  }
}

Var SelfAttention::operator()(Var x, const Sequences& sequences) {
  return out(attention(qkv(x), {heads_, sequences.length, causal_, sequences.key_mask}));
}

void SelfAttention::members(Members& m) {
  m.module("qkv", qkv);
  m.module("out", out);
}

}  // namespace evenkeel
