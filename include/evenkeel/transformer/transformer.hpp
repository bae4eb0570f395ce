#pragma once
// A transformer on tokens: a score for every word of the vocabulary, at every token.
//
//   x = E[tokens] + P[positions]      norm of it (BERT)      dropout
//   x = block(x), L times             a final norm where the placement needs one
//   logits = Eᵀ x (tied) or W x
//
// tokens: one index for each column, token t of sequence b in column b·length + t; logits:
// vocabulary × tokens. E: width × vocabulary; P: width × context.
//
// One model, and options; the well-known ones are made below:
//
//          norm, placement   positions  feed-forward      looks     head
//   GPT-2  LayerNorm, pre    learned    gelu (tanh), 4·w  back      tied
//   LLaMA  RMSNorm, pre      rotary     swiglu, 8/3·w     back      its own; no biases anywhere
//   BERT   LayerNorm, post   learned    gelu, 4·w         all ways  tied; a norm on the embeddings
//
// First weights: N(0, 0.02²), as GPT-2 and BERT; as GPT-2, the two projections back into the stream
// of each of the L blocks smaller by 1/√(2L), so that the stream's variance does not grow with
// depth. With deep_norm the blocks keep DeepNorm's own.
// Papers: Radford et al. 2019, "Language models are unsupervised multitask learners" (GPT-2);
// Touvron et al. 2023, "LLaMA", arXiv:2302.13971; Devlin et al. 2018, "BERT", arXiv:1810.04805;
// Press & Wolf 2017, arXiv:1608.05859 (tying).

#include <vector>

#include "evenkeel/nn/embedding.hpp"
#include "evenkeel/transformer/block.hpp"

namespace evenkeel {

enum class Positions {
  none,
  learned,
  /// Sines and cosines of amplitude 1 (rotary.hpp), added to √width · E[tokens] (Vaswani et al.
  /// 2017, section 3.4): without the factor, tokens of N(0, 0.02²) would drown in them.
  sinusoidal,
  rotary,  ///< q and k are rotated within each attention; nothing is added to the tokens
};

struct TransformerOptions {
  Index vocabulary = 0;
  Index context = 64;  ///< the longest sequence
  Index width = 128;
  Index layers = 4;
  Index heads = 4;
  Index hidden = 0;  ///< of the feed-forward; 0: 4·width
  Placement placement = pre_norm;
  MakeNorm norm = {};                 ///< empty: LayerNorm
  MakeNorm branch_scale = {};         ///< see block.hpp
  HyperConnectionOptions hyper = {};  ///< several streams, their mean at the end
  bool embedding_norm = false;        ///< one more norm, before the first block
  bool qk_norm = false;               ///< see block.hpp
  Index qk_groups = 0;                ///< 0: one for each head
  Nonlinearity nonlinearity = Nonlinearity::gelu_tanh;
  Positions positions = Positions::learned;
  bool causal = true;  ///< a token sees those before it
  bool bias = false;
  bool tied = true;             ///< the head is the embedding, transposed
  bool scaled_branches = true;  ///< first weights: GPT-2's 1/√(2L)
  DropoutOptions dropout = {};  ///< of the embeddings, and in the blocks (block.hpp)
};

/// GPT-2's. (The options as they stand are GPT-2's without biases.)
TransformerOptions gpt2_options(Index vocabulary);
/// LLaMA's; the hidden width is 8/3 of the width, rounded up to a multiple of 8 (LLaMA: of 256).
TransformerOptions llama_options(Index vocabulary, Index width = 128);
/// BERT's encoder: trained on masked tokens (masking.hpp). The head is the embedding
/// alone, without BERT's further layer before it.
TransformerOptions bert_options(Index vocabulary);

class Transformer final : public Module {
 public:
  /// Throws when the vocabulary, the context or the number of layers is 0, heads does not divide
  /// width, or dropout's p is not in [0, 1).
  Transformer(TransformerOptions options, Random& random);

  /// The logits at each token. key_mask as in block.hpp. On the tape, what enters the first
  /// block is labelled "embeddings", what leaves each one "blocks.0", "blocks.1", …, and the result
  /// "logits": recorder.watch("blocks.*") watches the stream. Throws when length is 0, beyond the
  /// context or does not divide the tokens, or a token is not in the vocabulary.
  Var operator()(Tape& tape, const std::vector<Index>& tokens, Index length,
                 const Matrix& key_mask = {});
  void members(Members& m) override;
  const TransformerOptions& options() const { return options_; }

 private:
  TransformerOptions options_;  // stands first: the parts are made from it

 public:
  Embedding tokens;                    ///< E
  std::optional<Embedding> positions;  ///< P, when learned
  std::optional<AnyLayer> embedding_norm;
  std::optional<DropoutLayer> dropout;  ///< of the embeddings
  std::vector<Block> blocks;
  std::optional<AnyLayer> final_norm;
  std::optional<LinearLayer> head;  ///< when not tied

 private:
  void start_small(Random& random);
  Var embed(Tape& tape, const std::vector<Index>& tokens, Index length);

  Matrix sinusoids_;  // when sinusoidal: width × context
};

}  // namespace evenkeel
