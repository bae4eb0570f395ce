#pragma once
// A transformer block: attention and feed-forward, each in a residual branch, with the norm
// wherever the placement says (placement.hpp). With post_norm or pre_norm, LayerNorm and
// biases it is PyTorch's torch.nn.TransformerEncoderLayer, norm_first false or true;
// dropout stands where it does there: on the attention's probabilities, inside the
// feed-forward, and on what a branch adds to the stream.
//
// Self-attention, in several heads: q, k and v are linear in x, and so is the output in their
// attention.
//
//   (q; k; v) = W_qkv x + b_qkv        y = W_out attention(q, k, v) + b_out
//
// x, y: features × tokens; qkv.weight: 3·features × features, q above k above v (PyTorch's
// in_proj_weight of torch.nn.MultiheadAttention); out.weight: features × features.
// On the way there, q and k may be normalized, and then rotated by their positions (rotary.hpp):
//
//   qk_norm:  q ← gamma_q ⊙ q / √(mean(q²) + eps), k alike, means over the d features of one head,
//             or of one of qk_groups groups: 1 is OLMo 2's, over all heads; 2·heads halves each
//
// With gamma = 1 both have length √d at most, so no logit ⟨q, k⟩/√d is beyond ±√d however large the
// weights grow; a learned gamma may move that bound.
//
// Feed-forward: wider, a nonlinearity, narrower; each token on its own.
//
//   relu, gelu:  y = W_down dropout(φ(W_up x + b_up)) + b_down
//   swiglu:      y = W_down dropout(silu(W_gate x + b_gate) ⊙ (W_up x + b_up)) + b_down
//
// x, y: features × tokens; up and gate: hidden × features; down: features × hidden.
//
// Papers: Vaswani et al. 2017, section 3; normalized q and k: Henry et al. 2020, "Query-key
// normalization for transformers", arXiv:2010.04245 (length 1 and one learned factor in place of
// 1/√d), Dehghani et al. 2023, "Scaling vision transformers to 22 billion parameters",
// arXiv:2302.05442 (LayerNorm; here RMSNorm); Hendrycks & Gimpel 2016, arXiv:1606.08415 (GELU);
// Shazeer 2020, "GLU variants improve transformer", arXiv:2002.05202 (SwiGLU).

#include <functional>
#include <optional>
#include <string_view>

#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/ops/dropout.hpp"
#include "evenkeel/transformer/hyper_connection.hpp"
#include "evenkeel/transformer/placement.hpp"

namespace evenkeel {

/// Makes a norm for this many features: `[](Index n) { return LayerNorm(n); }`.
using MakeNorm = std::function<AnyLayer(Index features)>;

enum class Nonlinearity { relu, gelu, gelu_tanh, swiglu };  ///< gelu: the exact form

struct BlockOptions {
  Index features = 64;
  Index heads = 4;
  Index hidden = 256;  ///< of the feed-forward
  Index blocks = 1;    ///< of the whole model; some placements depend on it
  Index block = 0;     ///< and this is which of them, counted from 0
  Placement placement = pre_norm;
  MakeNorm norm = {};  ///< empty: LayerNorm
  /// What a branch is multiplied by (variants/residual_scale.hpp):
  /// `[](Index n) { return layer_scale(n); }`.
  MakeNorm branch_scale = {};
  /// Two streams or more: x is streams × features·tokens (hyper_connection.hpp), and the placement
  /// has its norms around the branch only.
  HyperConnectionOptions hyper = {};
  Nonlinearity nonlinearity = Nonlinearity::gelu;
  bool causal = false;
  bool bias = true;
  bool qk_norm = false;
  Index qk_groups = 0;  ///< 0: one for each head
  bool rotary = false;
  DropoutOptions dropout = {};
};

/// How columns are cut into sequences: token t of sequence b is column b·length + t.
struct Sequences {
  Index length = 0;
  Matrix key_mask = {};  ///< length × sequences, 1: a token, 0: padding; empty: no padding
};

class SelfAttention final : public Module {
 public:
  /// Throws when heads does not divide features, or dropout's p is not in [0, 1).
  SelfAttention(const BlockOptions& options, Random& random);
  /// x: features × tokens. Throws as attention() does (attention/attention.hpp).
  Var operator()(Var x, const Sequences& sequences);
  void members(Members& m) override;

  LinearLayer qkv;
  LinearLayer out;
  std::optional<GroupNorm> q_norm;  ///< with qk_norm, and where the placement has a qkv_norm
  std::optional<GroupNorm> k_norm;
  std::optional<GroupNorm> v_norm;  ///< where the placement has a qkv_norm

 private:
  Var attend(Var packed, const Sequences& sequences);

  BlockOptions options_;
  Random dropout_random_;
};

class FeedForward final : public Layer {
 public:
  /// Throws when features or hidden is 0, or dropout's p is not in [0, 1).
  FeedForward(const BlockOptions& options, Random& random);
  Var operator()(Var x) override;
  void members(Members& m) override;

  LinearLayer up;
  LinearLayer down;
  std::optional<LinearLayer> gate;  ///< with swiglu
  std::optional<DropoutLayer> dropout;

 private:
  Var nonlinear(Var x);

  Nonlinearity nonlinearity_;
};

/// The norms around one branch; the sum of stream and branch:
/// `x = r.stream(x); x = r.leave(x, f(r.enter(x)));`
class Residual final : public Module {
 public:
  /// Throws where there are several streams and a norm of the stream or of the sum.
  Residual(const BlockOptions& options, std::uint64_t dropout_seed = 1);
  /// x, or with on_stream N(x): what the branch is added to, features × tokens.
  Var stream(Var x);
  /// What goes into the branch: x or N(x).
  Var enter(Var x);
  /// What the block goes on with: x + branch, with what the placement makes of it.
  Var leave(Var x, Var branch);
  void members(Members& m) override;

  std::optional<AnyLayer> norm;         ///< on the stream, before the branch, or after the sum
  std::optional<AnyLayer> sum_norm;     ///< after the sum, where one is before the branch too
  std::optional<AnyLayer> branch_norm;  ///< after the branch
  std::optional<AnyLayer> branch_scale;
  std::optional<HyperConnection> hyper;  ///< with several streams, in place of x + branch
  std::optional<DropoutLayer> dropout;   ///< of what is added to the stream

 private:
  Placement placement_;
  double alpha_;
  double into_branch_;  // what its input is multiplied by
};

class Block final : public Module {
 public:
  /// Throws when heads does not divide features, or dropout's p is not in [0, 1).
  Block(const BlockOptions& options, Random& random);
  /// x and the result: features × tokens.
  Var operator()(Var x, const Sequences& sequences);
  void members(Members& m) override;

  SelfAttention attention;
  FeedForward feed_forward;
  Residual around_attention;
  Residual around_feed_forward;
};

}  // namespace evenkeel
