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

/// What a scheme has beside its placement.
enum class Beside {
  nothing,
  smaller_branches,  ///< their last weights by 1/√(2L), L blocks: GPT-2, Radford et al. 2019
  qk_norm            ///< over all heads: OLMo 2's placement comes with it
};

struct Scheme : Style {
  Placement placement;
  Beside beside;
};

/// none, post, pre, peri, deep, gpt2 (pre-norm, smaller branches), lns, olmo2, mix, hybrid, keel.
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

/// What the block makes of the stream x: features × tokens.
Var pass(Block& block, Var x, Branches branches, Index length);

/// What wide stacks without attention do at the start to an input of mean square 1.
/// A feed-forward's output has half the mean square of its input, and its sign is as likely + as −,
/// so E(x + f)² = E x² + E f²; backward the gradient's square grows by the same factor.
struct StreamTheory {
  std::vector<double> stream;    ///< its mean square, after 0, 1, …, L blocks
  std::vector<double> input;     ///< its cosine with the input, after 0, 1, …, L blocks
  std::vector<double> gradient;  ///< ‖∂loss/∂W2‖ of blocks 1, …, L, over the first's
};
StreamTheory stream_theory(const Scheme& scheme, Index layers);

}  // namespace evenkeel::lesson
