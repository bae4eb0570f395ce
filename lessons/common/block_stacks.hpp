#pragma once
// Stacks of transformer blocks as they are before any training, in every scheme that lessons
// compare: where the norm goes, and what is made smaller with depth.
//
// The setting of Xiong et al. 2020, arXiv:2002.04745: feed-forward as wide as the stream, ReLU,
// one head, no biases, every weight N(0, 1/inputs). A lesson walks a block branch by branch, so
// that the sum and what goes into it can be looked at.

#include <string>
#include <vector>

#include "evenkeel/transformer/block.hpp"
#include "measured.hpp"

namespace evenkeel::lesson {

/// What is made smaller in a deep stack, counting its L blocks from 1.
enum class DepthScaling {
  none,
  branch,  ///< the last weights of each branch by 1/√(2L): GPT-2, Radford et al. 2019
  norm     ///< the norm's output in block l by 1/√l: Sun et al. 2025, arXiv:2502.05795
};

struct Scheme : Style {
  Placement placement;
  DepthScaling scaling;
};

/// none, post, pre, peri, deep, gpt2, lns. The last two are pre-norm with a scaling.
const std::vector<Scheme>& all_schemes();

struct StackSetting {
  Index layers = 24;
  Index width = 64;
  Index length = 16;  ///< tokens of the one sequence
  bool causal = false;
  std::string norm = "layer";  ///< which one stands in the blocks, by its name in norms.hpp
  Index heads = 1;
  Index widening = 1;  ///< the feed-forward's width over the stream's
};

/// The blocks of one stack. They have both branches; a walk may leave attention out.
std::vector<Block> make_blocks(const Scheme& scheme, const StackSetting& setting, Random& random);

/// Which branches of a block a walk takes.
enum class Branches { both, feed_forward };

}  // namespace evenkeel::lesson
