#include "evenkeel/transformer/masking.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"

namespace evenkeel {

MaskedTokens mask_tokens(const std::vector<Index>& tokens, Index mask, Random& random) {
  constexpr double chosen = 0.15;
  constexpr double masked = 0.8;    // of the chosen
  constexpr double replaced = 0.1;  // of the chosen, by any token but the mask
  require(!tokens.empty() && mask > 0, "mask_tokens", "there must be tokens, below the mask");
  for (Index token : tokens) {
    require(token < mask, "mask_tokens", "tokens must be below the mask {}, got {}", mask, token);
  }
  const auto wanted = std::lround(chosen * static_cast<double>(tokens.size()));
  MaskedTokens made{tokens, random.permutation(tokens.size()), {}};
  made.places.resize(static_cast<std::size_t>(std::max(1L, wanted)));
  std::sort(made.places.begin(), made.places.end());
  for (Index place : made.places) {
    made.targets.push_back(tokens[place]);
    const double fate = random.uniform();
    if (fate < masked) {
      made.tokens[place] = mask;
    } else if (fate < masked + replaced) {
      made.tokens[place] = random.below(mask);
    }
  }
  return made;
}

MaskedTokens share_of(const MaskedTokens& masked, Index first, Index last) {
  require(first <= last && last <= masked.tokens.size(), "share_of",
          "expected first ≤ last ≤ {} tokens, got {} and {}", masked.tokens.size(), first, last);
  MaskedTokens share;
  share.tokens.assign(masked.tokens.begin() + long(first), masked.tokens.begin() + long(last));
  for (std::size_t i = 0; i < masked.places.size(); ++i) {
    if (masked.places[i] < first || masked.places[i] >= last) continue;
    share.places.push_back(masked.places[i] - first);
    share.targets.push_back(masked.targets[i]);
  }
  return share;
}

}  // namespace evenkeel
