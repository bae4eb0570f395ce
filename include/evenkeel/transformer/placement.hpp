#pragma once
// Where the norm goes. A block has two branches f (attention, then feed-forward);
// each is added to the stream x. The placement says which of the places
// around f hold a norm N, and how x is weighed:
//
//   name   result             paper
//   none   x + f(x)
//   post   N(x + f(x))        Vaswani et al. 2017
//   pre    x + f(N(x))        Xiong et al. 2020, arXiv:2002.04745 (PyTorch: norm_first = true)
//   peri   x + N'(f(N(x)))    Kim et al. 2025, "Peri-LN", arXiv:2502.02732; the same as
//                             "sandwich", Ding et al. 2021
//   deep   N(α x + f(x))      Wang et al. 2022, "DeepNet", arXiv:2203.00555: α = (2L)^¼, and the
//                             weights of v, out and the feed-forward start smaller by β = (8L)^−¼,
//                             for L blocks
//   olmo2  x + N(f(x))        Team OLMo 2025, arXiv:2501.00656; q and k normalized (block.hpp)
//   lns    x + f(N(x) / √l)   in block l = 1 … L: "LayerNorm Scaling", Sun et al. 2025,
//                             arXiv:2502.05795
//   mix    post in the first quarter of the blocks, pre in the others: Li et al. 2024, "Mix-LN",
//                             arXiv:2412.13795
//   hybrid x + f(x) for attention, with q, k and v normalized in it, and s + f(s), s = N(x), for
//                             the feed-forward: Zhuo et al. 2025, "HybridNorm", arXiv:2503.04598
//   keel   N'(α x + f(N(x)))  Chen & Wei 2026, "Post-LayerNorm is back", arXiv:2601.19895:
//                             α = 2L, the number of branches; theirs is 1 in the first block
//
// A placement is a value; a new one is one more line in the list below, or one in your own program.

#include <array>
#include <cmath>
#include <string_view>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

struct Placement {
  std::string_view name;
  bool before_branch = false;    ///< f(N(x))
  bool after_branch = false;     ///< N(f(…))
  bool after_sum = false;        ///< N(x + …)
  bool deep = false;             ///< DeepNorm's α and β
  bool keel = false;             ///< Keel's α
  bool on_stream = false;        ///< N(x) takes the place of x, for the branch and in the sum
  bool qkv_norm = false;         ///< norms of q, k and v in place of those around attention
  bool over_root_depth = false;  ///< f(N(x) / √l)
  double post_share = 0;         ///< this share of the blocks, the first ones, is post-norm

  /// The factor of x in the sum, for a model of this many blocks.
  double alpha(Index blocks) const {
    const double branches = 2.0 * static_cast<double>(blocks);
    return deep ? std::pow(branches, 0.25) : keel ? branches : 1.0;
  }
  /// The factor of the branch's first weights.
  double beta(Index blocks) const {
    return deep ? std::pow(8.0 * static_cast<double>(blocks), -0.25) : 1.0;
  }
  /// Whether the last block's output is unnormalized, so that a model should end with a norm.
  bool needs_final_norm() const {
    return !after_sum && (before_branch || after_branch || on_stream);
  }
  /// Around the two branches of one block of a model, counted from 0.
  Placement around_feed_forward(Index block, Index blocks) const;
  Placement around_attention(Index block, Index blocks) const;
};

inline constexpr Placement no_norm{.name = "none"};
inline constexpr Placement post_norm{.name = "post", .after_sum = true};
inline constexpr Placement pre_norm{.name = "pre", .before_branch = true};
inline constexpr Placement peri_norm{.name = "peri", .before_branch = true, .after_branch = true};
inline constexpr Placement deep_norm{.name = "deep", .after_sum = true, .deep = true};

inline constexpr Placement olmo2_norm{.name = "olmo2", .after_branch = true};
inline constexpr Placement layer_norm_scaling{
    .name = "lns", .before_branch = true, .over_root_depth = true};
inline constexpr Placement mix_norm{.name = "mix", .before_branch = true, .post_share = 0.25};
inline constexpr Placement hybrid_norm{.name = "hybrid", .on_stream = true, .qkv_norm = true};
inline constexpr Placement keel_norm{
    .name = "keel", .before_branch = true, .after_sum = true, .keel = true};

inline constexpr std::array all_placements{no_norm,     post_norm,  pre_norm,           peri_norm,
                                           deep_norm,   olmo2_norm, layer_norm_scaling, mix_norm,
                                           hybrid_norm, keel_norm};

/// The one of that name. Throws, and says which there are, when there is none.
const Placement& placement_named(std::string_view name);

}  // namespace evenkeel
