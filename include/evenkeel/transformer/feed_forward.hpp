#pragma once
// The feed-forward part of a block: wider, a nonlinearity, narrower; each token on its own.
//
//   relu, gelu:  y = W_down dropout(φ(W_up x + b_up)) + b_down
//   swiglu:      y = W_down dropout(silu(W_gate x + b_gate) ⊙ (W_up x + b_up)) + b_down
//
// x, y: features × tokens; up and gate: hidden × features; down: features × hidden. Dropout behind
// the nonlinearity is that of torch.nn.TransformerEncoderLayer.
// Papers: Vaswani et al. 2017, section 3.3; Hendrycks & Gimpel 2016, arXiv:1606.08415 (GELU, here
// the exact form); Shazeer 2020, "GLU variants improve transformer", arXiv:2002.05202 (SwiGLU).

#include <optional>

#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/ops/dropout.hpp"

namespace evenkeel {

enum class Nonlinearity { relu, gelu, gelu_tanh, swiglu };

struct FeedForwardOptions {
  Nonlinearity nonlinearity = Nonlinearity::gelu;
  bool bias = true;
  DropoutOptions dropout = {};
};

class FeedForward final : public Layer {
 public:
  /// Throws when features or hidden is 0, or dropout's p is not in [0, 1).
  FeedForward(Index features, Index hidden, Random& random, FeedForwardOptions options = {});
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

}  // namespace evenkeel
