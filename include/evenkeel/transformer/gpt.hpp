#pragma once
// A GPT: which token comes next, from all those before it. And with other options its relatives: a LLaMA, and
// BERT's encoder, which looks both ways and fills in what was masked.
//
//   x = E[tokens] + P[positions]        blocks, causal        a final norm where the placement needs one
//   logits = Eᵀ x (tied) or W x
//
// tokens: one index for each column, token t of sequence b in column b·length + t; logits: vocabulary ×
// tokens. E: width × vocabulary; P: width × context.
// First weights as GPT-2's: N(0, 0.02²), and the two projections back into the stream of each of the L blocks
// smaller by 1/√(2L), so that the stream's variance does not grow with depth. With deep_norm the blocks
// keep DeepNorm's own. Dropout where GPT-2 has it: tokens, attention, branches.
// Papers: Radford et al. 2019, "Language models are unsupervised multitask learners"; Press & Wolf 2017,
// arXiv:1608.05859 (tying); Touvron et al. 2023, arXiv:2302.13971 (LLaMA); Devlin et al. 2019, arXiv:1810.04805 (BERT).

#include <vector>

#include "evenkeel/transformer/block.hpp"

namespace evenkeel {

enum class Positions { learned, sinusoidal, rotary };

struct GptOptions {
  Index vocabulary = 0;
  Index context = 64;  ///< the longest sequence
  Index width = 128;
  Index layers = 4;
  Index heads = 4;
  Index hidden = 0;  ///< of the feed-forward; 0: 4 · width
  Placement placement = pre_norm;
  MakeNorm norm;  ///< empty: LayerNorm
  Nonlinearity nonlinearity = Nonlinearity::gelu_tanh;
  Positions positions = Positions::learned;
  MakeNorm qk_norm;  ///< of q and k, within each head; empty: none
  bool bias = false;
  bool tied = true;              ///< the head is the embedding, transposed
  bool causal = true;            ///< false: every token sees the whole sequence
  bool embedding_norm = false;   ///< a norm before the first block
  bool scaled_residuals = true;  ///< GPT-2's 1/√(2L)
  double dropout = 0;            ///< while training
};

/// The same sizes as a LLaMA: RMSNorm before each branch, SwiGLU with 8/3 · width hidden features, rotary
/// positions, no biases, a head of its own.
GptOptions as_llama(GptOptions options);

/// The same sizes as BERT's encoder: LayerNorm after each sum and after the embedding, GELU, biases, every
/// token sees all others. It learns from masked tokens (masked_tokens.hpp).
GptOptions as_bert(GptOptions options);

class Gpt final : public Module {
 public:
  /// Throws when the vocabulary, the context or the number of layers is 0, or heads does not divide width.
  Gpt(GptOptions options, Random& random);

  /// The logits of the next token, for each token. Throws when length is 0, beyond the context or does not
  /// divide the tokens, or a token is not in the vocabulary.
  Var operator()(Tape& tape, const std::vector<Index>& tokens, Index length);
  /// The same for sequences with padding.
  Var operator()(Tape& tape, const std::vector<Index>& tokens, const Sequences& sequences);
  void members(Members& m) override;
  const GptOptions& options() const { return options_; }

  Parameter tokens;     ///< E
  Parameter positions;  ///< P, when learned
  std::optional<AnyLayer> embedding_norm;
  std::optional<DropoutLayer> dropout;  ///< of the embedded tokens
  std::vector<Block> blocks;
  std::optional<AnyLayer> final_norm;
  std::optional<LinearLayer> head;  ///< when not tied

 private:
  void start_as_gpt2(Random& random);
  Var embed(Tape& tape, const std::vector<Index>& input, Index length);

  GptOptions options_;
  Matrix sinusoidal_;  // width × context
};

/// `count` tokens that go on after the prompt (at least one token), drawn from softmax(logits / temperature).
/// Throws when the temperature is not above 0.
std::vector<Index> generate(Gpt& gpt, std::vector<Index> prompt, Index count, double temperature,
                            Random& random);

}  // namespace evenkeel
