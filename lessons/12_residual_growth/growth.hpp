#pragma once
// Lesson 12: what the program measures, and the parts that judge and draw it.

#include "block_stacks.hpp"
#include "lesson.hpp"
#include "seeds.hpp"

namespace growth {

namespace ek = evenkeel;
using ek::lesson::Branches;
using ek::lesson::ByLayer;
using ek::lesson::Scheme;
using ek::lesson::StackSetting;

/// The mean square of the entries of x.
struct Run {
  ByLayer stream;          ///< of the input, then after each block: layers + 1
  double before_norm = 0;  ///< of the sums x + f(x), f the feed-forward, on average over the blocks
};

/// One scheme, one kind of block, over seeds.
struct Study {
  Scheme scheme;
  Branches branches;
  StackSetting setting;
  std::vector<Run> runs;

  std::vector<ByLayer> streams() const;
  std::vector<double> at(ek::Index layer) const;  ///< over seeds
  std::vector<double> slopes() const;             ///< (last − first) / layers, over seeds
  ByLayer mean() const;                           ///< over seeds, by layer
};

struct Studies {
  std::vector<Study> full;          ///< all schemes, both branches
  std::vector<Study> feed_forward;  ///< the same without attention
  std::vector<Study> by_depth;      ///< pre, gpt2, lns in stacks of every depth, both branches

  const Study& find(const std::vector<Study>& studies, const std::string& scheme) const;
};

/// E of the mean square after `layer` blocks without attention. Exact at initialization.
double theory(const Scheme& scheme, ek::Index layer, ek::Index layers);

void claim_all(ek::lesson::Lesson& lesson, const StackSetting& setting, const Studies& studies);
void write_tables(ek::lesson::Lesson& lesson, const Studies& studies);
/// `about` names the setting, for the subtitles.
void draw_all(ek::lesson::Lesson& lesson, const Studies& studies, const std::string& about);

}  // namespace growth
