#pragma once
// Masked tokens: some are hidden, and the model says from both sides what they were.
//
// A share of the tokens is chosen, 15 %. Of the chosen ones 80 % become the mask, 10 %
// any token, 10 % stay as they are, so that the model cannot trust what it sees
// anywhere. The loss is over the chosen ones alone:
//
//   const MaskedTokens masked = mask_tokens(tokens, mask, random);
//   Var chosen = gather(model(tape, masked.tokens, length), masked.places);
//   Var loss = cross_entropy(chosen, masked.targets);
//
// Paper: Devlin et al. 2018, "BERT", section 3.1, arXiv:1810.04805.

#include <vector>

#include "evenkeel/core/random.hpp"

namespace evenkeel {

struct MaskedTokens {
  std::vector<Index> tokens;   ///< what the model is shown
  std::vector<Index> places;   ///< which were chosen, ascending
  std::vector<Index> targets;  ///< what stood there, for each place
};

/// The mask is the last word of the vocabulary: the text has the words 0 … mask − 1. Of n tokens
/// exactly round(0.15 n) are chosen, one at least. Throws when there is no token, the mask is 0,
/// or a token is not below it.
MaskedTokens mask_tokens(const std::vector<Index>& tokens, Index mask, Random& random);

/// The tokens first … last − 1 with the places among them, counted from first: what a process takes
/// of a batch that was masked as a whole. Throws unless first ≤ last ≤ the number of tokens.
MaskedTokens share_of(const MaskedTokens& masked, Index first, Index last);

}  // namespace evenkeel
