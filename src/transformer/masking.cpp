#include "evenkeel/transformer/masking.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"

namespace evenkeel {

MaskedTokens mask_tokens(const std::vector<Index>& tokens, Index mask, Random& random,
                         const MaskingOptions& o) {
  require(!tokens.empty() && mask > 0, "mask_tokens", "there must be tokens, below the mask");
  for (Index token : tokens) {
    require(token < mask, "mask_tokens", "tokens must be below the mask {}, got {}", mask, token);
  }
  const bool shares = o.chosen >= 0 && o.chosen <= 1 && o.masked >= 0 && o.replaced >= 0 &&
                      o.masked + o.replaced <= 1;
  require(shares, "mask_tokens",
          "chosen, and masked + replaced, must be in [0, 1], got {}, and {} + {}", o.chosen,
          o.masked, o.replaced);
  const auto wanted = std::lround(o.chosen * static_cast<double>(tokens.size()));
  MaskedTokens made{tokens, random.permutation(tokens.size()), {}};
  made.places.resize(static_cast<std::size_t>(std::max(1L, wanted)));
  std::sort(made.places.begin(), made.places.end());
  for (Index place : made.places) {
    made.targets.push_back(tokens[place]);
    const double fate = random.uniform();
    if (fate < o.masked) {
      made.tokens[place] = mask;
    } else if (fate < o.masked + o.replaced) {
      made.tokens[place] = random.below(mask);
    }
  }
  return made;
}

}  // namespace evenkeel
