#pragma once
// A block of 8 features, of two, and what it makes of three sequences.
#include <utility>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/transformer/block.hpp"

namespace evenkeel_test {

using namespace evenkeel;

inline BlockOptions small(Placement placement, MakeNorm norm = {}) {
  BlockOptions options;
  options.features = 8;
  options.heads = 2;
  options.hidden = 16;
  options.blocks = 2;
  options.placement = placement;
  options.norm = std::move(norm);
  return options;
}

inline Matrix output(Block block) {
  Tape tape;
  return block(tape.constant(Random(5).normal(8, 12)), {.length = 4}).value();
}

}  // namespace evenkeel_test
