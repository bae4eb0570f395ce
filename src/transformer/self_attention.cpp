#include "evenkeel/transformer/self_attention.hpp"

#include "base/fail.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/ops/attention.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/transformer/rotary.hpp"

namespace evenkeel {

// --- HeadNorm ------------------------------------------------------------------------------------

HeadNorm::HeadNorm(Index features, Index heads)
    : affine_(features, true, false), head_features_(features / heads) {}

Var HeadNorm::operator()(Var x) {
  const Tile tile{head_features_, 1};
  const auto inputs = norm_inputs("qk_norm", x, affine_.inputs(), x.rows());
  return record<Normalize>(
      inputs, [&](Normalize& op) { op.set("qk_norm", tile, 1e-5, Centering::keep_mean); });
}

// --- SelfAttention -------------------------------------------------------------------------------

SelfAttention::SelfAttention(Index features, Index heads, Random& random,
                             SelfAttentionOptions options)
    : qkv(features, 3 * features, random, {.bias = options.bias}),
      out(features, features, random, {.bias = options.bias}),
      heads_(heads),
      options_(options),
      dropout_random_(options.dropout.seed) {
  if (heads == 0 || features % heads != 0) {
    fail("self_attention", "{} features cannot be cut into {} heads", features, heads);
  }
  if (!(options.dropout.p >= 0 && options.dropout.p < 1)) {
    fail("self_attention", "dropout must be at least 0 and below 1, got {}", options.dropout.p);
  }
  if (options.qk_norm) {
    q_norm.emplace(features, heads);
    k_norm.emplace(features, heads);
  }
}

Var SelfAttention::operator()(Var x, const Sequences& sequences) {
  return out(attend(qkv(x), sequences));
}

Var SelfAttention::attend(Var packed, const Sequences& sequences) {
  const Index features = packed.rows() / 3;
  AttentionOptions attention_options{heads_, sequences.length, options_.causal, sequences.key_mask};
  if (training() && options_.dropout.p != 0) {
    attention_options.dropout = options_.dropout.p;
    attention_options.seed = dropout_random_.engine()();
  }
  RotaryOptions rotary_options{features / heads_, sequences.length};
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

}  // namespace evenkeel
