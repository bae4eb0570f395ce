#pragma once
#include "common/exercise.hpp"

/// What a block is made of, each a function from Var to Var.
struct BlockParts {
  std::function<Var(Var)> norm_1;  ///< for the attention
  std::function<Var(Var)> attention;
  std::function<Var(Var)> norm_2;  ///< for the feed-forward
  std::function<Var(Var)> feed_forward;
};

extern "C" Var pre_norm_block(Var x, const BlockParts& parts);
