#pragma once
// What the atlas's map consists of, and how it is drawn and judged.

#include <string>
#include <vector>

#include "atlas_table.hpp"
#include "copy_task.hpp"
#include "lab.hpp"
#include "optimizers.hpp"

namespace evenkeel::lesson {

struct Setting {
  std::vector<std::string> norms = {"layer", "dyt"};
  std::vector<std::string> placements = {"post", "pre", "deep", "keel"};
  std::vector<std::string> optimizers = names_of(all_optimizers());
  std::vector<double> layers, rates;  ///< empty: main and rates_of say which
  Index width = 32, steps = CopyTask::steps;
};

/// One norm under one placement with one optimizer: a row for each depth, in it each learning rate.
struct Panel {
  std::string optimizer, norm, placement;

  /// The seeds of each cell, row by row.
  std::vector<std::vector<Trial>> cells(const Lesson& lesson, const Setting& s) const;
};

std::vector<Panel> panels_of(const Setting& s, const std::string& optimizer);

/// Claims what is known, and draws a figure for each optimizer.
void report(Lesson& lesson, const Setting& s, const AtlasTable& table);

}  // namespace evenkeel::lesson
