#include "09_pre_norm_block/task.hpp"

// x and the result: features × tokens.
Var pre_norm_block(Var x, const BlockParts& parts) {
  const Var h = x + parts.attention(parts.norm_1(x));
  return h + parts.feed_forward(parts.norm_2(h));
}
