#pragma once
// Where the norm goes. A block has two branches f (attention, then feed-forward);
// each is added to the stream x. The placement says which of the three places
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
//
// A placement is a value; a new one is one more line in the list below, or one in your own program.

#include <array>
#include <cmath>
#include <string_view>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

struct Placement {
  std::string_view name;
  bool before_branch = false;  ///< f(N(x))
  bool after_branch = false;   ///< N(f(…))
  bool after_sum = false;      ///< N(x + …)
  bool deep = false;           ///< DeepNorm's α and β

  /// The factor of x in the sum, for a model of this many blocks.
  double alpha(Index blocks) const {
    return deep ? std::pow(2.0 * static_cast<double>(blocks), 0.25) : 1.0;
  }
  /// The factor of the branch's first weights.
  double beta(Index blocks) const {
    return deep ? std::pow(8.0 * static_cast<double>(blocks), -0.25) : 1.0;
  }
  /// Whether the last block's output is unnormalized, so that a model should end with a norm.
  bool needs_final_norm() const { return !after_sum && (before_branch || after_branch); }
};

inline constexpr Placement no_norm{.name = "none"};
inline constexpr Placement post_norm{.name = "post", .after_sum = true};
inline constexpr Placement pre_norm{.name = "pre", .before_branch = true};
inline constexpr Placement peri_norm{.name = "peri", .before_branch = true, .after_branch = true};
inline constexpr Placement deep_norm{.name = "deep", .after_sum = true, .deep = true};

inline constexpr std::array all_placements{no_norm, post_norm, pre_norm, peri_norm, deep_norm};

/// The one of that name. Throws, and says which there are, when there is none.
const Placement& placement_named(std::string_view name);

}  // namespace evenkeel
