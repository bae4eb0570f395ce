#pragma once
// Which entries of x are padding: told by a mask, or seen in zeros at the ends of sequences.

#include <map>
#include <string>

#include "evidence.hpp"

namespace evenkeel::audit {

/// Sets `valid`, `padding_is_told` and `ignored`. A mask is called mask, attention_mask,
/// padding_mask, key_padding_mask or valid, has the shape of x or of some of its dimensions, and
/// may be either way round; `lengths` (N) does as well. Without one, sequences that end in zeros,
/// in all channels, at different lengths, where x has no other zeros, are taken for padded.
/// Throws Error when a mask does not go with x.
void read_padding(Evidence& evidence, const std::map<std::string, Array>& others);

}  // namespace evenkeel::audit
