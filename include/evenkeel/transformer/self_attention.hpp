#pragma once
// Multi-head self-attention: q, k and v are linear in x, and so is the output in their attention.
//
//   (q; k; v) = W_qkv x + b_qkv        y = W_out attention(q, k, v) + b_out
//
// x, y: features × tokens; qkv.weight: 3·features × features, q above k above v (PyTorch's in_proj_weight of
// torch.nn.MultiheadAttention); out.weight: features × features.
// Paper: Vaswani et al. 2017, section 3.2.2.

#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/transformer/sequences.hpp"

namespace evenkeel {

struct SelfAttentionOptions {
  bool causal = false;
  bool bias = true;
};

class SelfAttention final : public Module {
 public:
  /// Throws when heads does not divide features.
  SelfAttention(Index features, Index heads, Random& random, SelfAttentionOptions options = {});
  Var operator()(Var x, const Sequences& sequences);
  void members(Members& m) override;

  LinearLayer qkv;
  LinearLayer out;

 private:
  Index heads_;
  bool causal_;
};

}  // namespace evenkeel
