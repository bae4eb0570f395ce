#pragma once
// A transformer block: attention and feed-forward, each in a residual branch, with the norm
// wherever the placement says (placement.hpp). With post_norm or pre_norm, LayerNorm and
// biases it is PyTorch's torch.nn.TransformerEncoderLayer, norm_first false or true;
// dropout stands where it does there: on the attention's probabilities, inside the
// feed-forward, and on what a branch adds to the stream.

#include <functional>
#include <optional>

#include "evenkeel/core/any_layer.hpp"
#include "evenkeel/transformer/feed_forward.hpp"
#include "evenkeel/transformer/placement.hpp"
#include "evenkeel/transformer/self_attention.hpp"

namespace evenkeel {

/// Makes a norm for this many features: `[](Index n) { return LayerNorm(n); }`.
using MakeNorm = std::function<AnyLayer(Index features)>;

struct BlockOptions {
  Index features = 64;
  Index heads = 4;
  Index hidden = 256;  ///< of the feed-forward
  Index blocks = 1;    ///< of the whole model; DeepNorm's α and β depend on it
  Placement placement = pre_norm;
  MakeNorm norm = {};  ///< empty: LayerNorm
  Nonlinearity nonlinearity = Nonlinearity::gelu;
  bool causal = false;
  bool bias = true;
  bool qk_norm = false;  ///< see self_attention.hpp
  bool rotary = false;   ///< see rotary.hpp
  DropoutOptions dropout = {};
};

/// The norms around one branch; the sum of stream and branch.
class Residual final : public Module {
 public:
  Residual(const BlockOptions& options, std::uint64_t dropout_seed = 1);
  /// What goes into the branch: x or N(x), features × tokens.
  Var enter(Var x);
  /// What the block goes on with: x + branch, with what the placement makes of it.
  Var leave(Var x, Var branch);
  void members(Members& m) override;

  std::optional<AnyLayer> norm;         ///< before the branch, or after the sum
  std::optional<AnyLayer> branch_norm;  ///< after the branch
  std::optional<DropoutLayer> dropout;  ///< of what is added to the stream

 private:
  Placement placement_;
  double alpha_;
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
