#pragma once
// Multi-head self-attention: q, k and v are linear in x, and so is the output in their attention.
//
//   (q; k; v) = W_qkv x + b_qkv        y = W_out attention(q, k, v) + b_out
//
// With a QK-norm the d = features / heads features of each head of q and of k are normalized first, which
// bounds the scores (Dehghani et al. 2023, arXiv:2302.05442); with rotary positions q and k are then turned.
//
// x, y: features × tokens; qkv.weight: 3·features × features, q above k above v (PyTorch's in_proj_weight of
// torch.nn.MultiheadAttention); out.weight: features × features.
// Paper: Vaswani et al. 2017, section 3.2.2.

#include <optional>

#include "evenkeel/nn/any_layer.hpp"
#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/transformer/sequences.hpp"

namespace evenkeel {

struct SelfAttentionOptions {
  bool causal = false;
  bool bias = true;
  MakeNorm qk_norm = {};  ///< of one head's features; empty: none
  bool rotary = false;    ///< rotary positions; d must be even
  double dropout = 0;     ///< of the attention's probabilities, while training
};

class SelfAttention final : public Module {
 public:
  /// Throws when heads does not divide features, or dropout is not in [0, 1).
  SelfAttention(Index features, Index heads, Random& random, SelfAttentionOptions options = {});
  Var operator()(Var x, const Sequences& sequences);
  void members(Members& m) override;

  LinearLayer qkv;
  LinearLayer out;
  std::optional<AnyLayer> q_norm, k_norm;

 private:
  Var normalize_heads(Var packed);

  Index heads_;
  bool causal_;
  bool rotary_;
  double dropout_;
  std::optional<Random> seeds_;  // of the dropout's masks
};

}  // namespace evenkeel
