#include "task.hpp"

#include <numeric>

#include "evenkeel/transformer/masking.hpp"

namespace char_gpt {

Batch NextCharacter::draw(const ek::Tokens& text, ek::Index sequences, ek::Index length,
                          ek::Random& random) const {
  ek::TokenBatch drawn = random_batch(text, sequences, length, random);
  std::vector<ek::Index> everywhere(drawn.tokens.size());
  std::iota(everywhere.begin(), everywhere.end(), ek::Index{0});
  return {std::move(drawn.tokens), length, std::move(everywhere), std::move(drawn.next)};
}

Batch MaskedCharacters::draw(const ek::Tokens& text, ek::Index sequences, ek::Index length,
                             ek::Random& random) const {
  const ek::TokenBatch drawn = random_batch(text, sequences, length, random);
  ek::MaskedTokens masked = mask_tokens(drawn.tokens, mask_, random);
  return {std::move(masked.tokens), length, std::move(masked.places), std::move(masked.targets)};
}

std::unique_ptr<const Task> task_of(const Options& options, const ek::Vocabulary& vocabulary) {
  if (options.model == "bert") return std::make_unique<MaskedCharacters>(vocabulary.size());
  return std::make_unique<NextCharacter>(vocabulary.size());
}

}  // namespace char_gpt
