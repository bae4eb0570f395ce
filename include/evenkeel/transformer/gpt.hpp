#pragma once
// A GPT: which token comes next, from all those before it.
//
//   x = E[tokens] + P[positions]        blocks, causal        a final norm where the placement needs one
//   logits = Eᵀ x (tied) or W x
//
// tokens: one index for each column, token t of sequence b in column b·length + t; logits: vocabulary ×
// tokens. E: width × vocabulary; P: width × context.
// First weights as GPT-2's: N(0, 0.02²), and the two projections back into the stream of each of the L blocks
// smaller by 1/√(2L), so that the stream's variance does not grow with depth. With deep_norm the blocks
// keep DeepNorm's own.
// Papers: Radford et al. 2019, "Language models are unsupervised multitask learners"; Press & Wolf 2017,
// arXiv:1608.05859 (tying).

#include <vector>

#include "evenkeel/nn/embedding.hpp"
#include "evenkeel/transformer/block.hpp"

namespace evenkeel {

struct GptOptions {
  Index vocabulary = 0;
  Index context = 64;  ///< the longest sequence
  Index width = 128;
  Index layers = 4;
  Index heads = 4;
  Placement placement = pre_norm;
  MakeNorm norm;  ///< empty: LayerNorm
  Nonlinearity nonlinearity = Nonlinearity::gelu_tanh;
  bool bias = false;
  bool tied = true;  ///< the head is the embedding, transposed
};

class Gpt final : public Module {
 public:
  /// Throws when the vocabulary, the context or the number of layers is 0, or heads does not divide width.
  Gpt(GptOptions options, Random& random);

  /// The logits of the next token, for each token. Throws when length is 0, beyond the context or does not
  /// divide the tokens, or a token is not in the vocabulary.
  Var operator()(Tape& tape, const std::vector<Index>& tokens, Index length);
  void members(Members& m) override;
  const GptOptions& options() const { return options_; }

 private:
  GptOptions options_;  // first: the parts below are made from it

 public:
  Embedding tokens;     ///< E
  Embedding positions;  ///< P
  std::vector<Block> blocks;
  std::optional<AnyLayer> final_norm;
  std::optional<LinearLayer> head;  ///< when not tied

 private:
  void start_as_gpt2(Random& random);
};

/// `count` tokens that go on after the prompt (at least one token), drawn from softmax(logits / temperature).
/// Throws when the temperature is not above 0.
std::vector<Index> generate(Gpt& gpt, std::vector<Index> prompt, Index count, double temperature,
                            Random& random);

}  // namespace evenkeel
