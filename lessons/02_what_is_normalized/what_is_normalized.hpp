#pragma once
// Lesson 02: a batch of small images, and the norms as tiles on it.

#include <string>
#include <vector>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "lesson.hpp"

namespace what_is_normalized {

namespace ek = evenkeel;

struct Setting {
  ek::Index samples = 5;
  ek::Index channels = 4;
  ek::Index positions = 3;
  ek::Index groups = 2;

  ek::Shape shape() const { return {channels * positions, samples}; }
};

/// A norm as a row of the table.
struct Row {
  std::string title;   // "BatchNorm"
  std::string column;  // "batch_norm"
  ek::Centering centering;
  ek::Tile (*tile)(const Setting&);
  std::string running_statistics;
  std::string when;
  std::string seen_in;
};

/// BatchNorm, LayerNorm, InstanceNorm, GroupNorm, RMSNorm.
extern const std::vector<Row> norms;

ek::Var apply(ek::Var x, const Row& norm, const Setting& setting);

/// Two features, three samples, in numbers: printed, and held against a calculation by hand.
void worked_example(ek::lesson::Lesson& lesson);

}  // namespace what_is_normalized
