#pragma once
// Lesson 13: what the program measures, and the parts that judge and draw it.

#include "block_stacks.hpp"
#include "lesson.hpp"
#include "seeds.hpp"

namespace gradients {

namespace ek = evenkeel;
using ek::lesson::Branches;
using ek::lesson::ByLayer;
using ek::lesson::Scheme;
using ek::lesson::StackSetting;

/// The weights looked at: of the values, of the feed-forward's first and second layer.
enum class Weight { v, w1, w2 };
inline constexpr Weight weights[] = {Weight::v, Weight::w1, Weight::w2};
inline constexpr const char* weight_names[] = {"V", "W1", "W2"};

/// ‖∂loss/∂weight‖ by block, of the gradient averaged over the batches: [weight][block].
using Run = std::vector<ByLayer>;

/// One scheme, one depth, over seeds.
struct Study {
  Scheme scheme;
  StackSetting setting;
  Branches branches;
  ek::Index batches;
  std::vector<Run> runs;

  /// The norm in the last block over that in the first, for each seed.
  std::vector<double> ratios(Weight weight) const;
  /// The norm in the last block, for each seed.
  std::vector<double> last(Weight weight) const;
  /// The geometric mean over seeds, by block.
  ByLayer typical(Weight weight) const;
};

double geometric_mean(const std::vector<double>& values);

struct Studies {
  std::vector<Study> by_layer;      ///< post, pre, peri, deep at one depth, all tokens mixed
  std::vector<Study> feed_forward;  ///< post and pre at several depths, without attention
  std::vector<Study> by_depth;      ///< post, pre, peri, deep at several depths, causal
};

/// The slope of ln ‖∂loss/∂W2‖ of the last block against ln L, for each seed.
std::vector<double> slopes(const Studies& studies, const std::string& scheme);

/// The depths of by_depth and of feed_forward.
inline constexpr ek::Index depths[] = {4, 8, 16, 32};
inline constexpr ek::Index feed_forward_depths[] = {6, 12, 24};

void claim_all(ek::lesson::Lesson& lesson, const StackSetting& setting, const Studies& studies);
void write_tables(ek::lesson::Lesson& lesson, const Studies& studies);
/// `about` names the setting, for the subtitles.
void draw_all(ek::lesson::Lesson& lesson, const Studies& studies, const std::string& about);

}  // namespace gradients
