#pragma once
// copy-3-back, which lessons 14 and 18 and the atlas train: of sixteen random symbols, say at each
// place which one stood three places before. Batches of 16 sequences, no biases.

#include "block_stacks.hpp"
#include "evenkeel/nn/embedding.hpp"
#include "evenkeel/optim/adam.hpp"

namespace evenkeel::lesson {

/// A stack of blocks between embeddings and a head.
struct CopyTask : Module {
  static constexpr Index vocabulary = 16, length = 16, back = 3, batch = 16, steps = 400;
  static constexpr AdamOptions adam = {.beta1 = 0.9, .beta2 = 0.98};  ///< what it is trained with
  /// ln 16, the loss of guessing.
  static double guessing();
  /// A width of 32, four heads, a feed-forward four times as wide; causal.
  static StackSetting setting(Index layers);

  CopyTask(const Scheme& scheme, const StackSetting& s, Random& random);
  /// Of a new batch, with all gradients at 0; `tokens` is then what left the stack, width × tokens.
  Var loss(Tape& tape, Random& random);
  void members(Members& m) override;

  Embedding symbols, positions;
  std::vector<Block> blocks;
  LinearLayer head;
  AnyLayer final_norm;
  bool needs_final_norm;
  Var tokens;
};

}  // namespace evenkeel::lesson
