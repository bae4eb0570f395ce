#pragma once
// Multi-head self-attention: q, k and v are linear in x, and so is the output in their attention.
//
//   (q; k; v) = W_qkv x + b_qkv        y = W_out attention(q, k, v) + b_out
//
// x, y: features × tokens; qkv.weight: 3·features × features, q above k above v (PyTorch's
// in_proj_weight of torch.nn.MultiheadAttention); out.weight: features × features.
// On the way there, q and k may be normalized, and then turned by their positions (rotary.hpp):
//
//   qk_norm:  q ← gamma_q ⊙ q / √(mean(q²) + eps), k alike, means over the d features of one head
//
// With gamma = 1 both have length √d at most, so no logit ⟨q, k⟩/√d is beyond ±√d however large the
// weights grow; a learned gamma may move that bound.
// Papers: Vaswani et al. 2017, section 3.2.2; normalized q and k: Henry et al. 2020, "Query-key
// normalization for transformers", arXiv:2010.04245 (length 1 and one learned factor in place of
// 1/√d), Dehghani et al. 2023, "Scaling vision transformers to 22 billion parameters",
// arXiv:2302.05442 (LayerNorm; here RMSNorm).

#include <optional>

#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/norm/scale_shift.hpp"
#include "evenkeel/ops/dropout.hpp"
#include "evenkeel/transformer/sequences.hpp"

namespace evenkeel {

/// RMSNorm of each head on its own: a tile is the d rows of one head × one token.
class HeadNorm final : public Layer {
 public:
  HeadNorm(Index features, Index heads);
  /// x: features × tokens.
  Var operator()(Var x) override;
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;  // gamma: features × 1
  Index head_features_;
};

struct SelfAttentionOptions {
  bool causal = false;
  bool bias = true;
  bool qk_norm = false;
  bool rotary = false;
  DropoutOptions dropout = {};  ///< of the attention's probabilities
};

class SelfAttention final : public Module {
 public:
  /// Throws when heads does not divide features, or dropout's p is not in [0, 1).
  SelfAttention(Index features, Index heads, Random& random, SelfAttentionOptions options = {});
  /// x: features × tokens. Throws as attention() does (ops/attention.hpp).
  Var operator()(Var x, const Sequences& sequences);
  void members(Members& m) override;

  LinearLayer qkv;
  LinearLayer out;
  std::optional<HeadNorm> q_norm;  ///< with qk_norm
  std::optional<HeadNorm> k_norm;

 private:
  Var attend(Var packed, const Sequences& sequences);

  Index heads_;
  SelfAttentionOptions options_;
  Random dropout_random_;
};

}  // namespace evenkeel
