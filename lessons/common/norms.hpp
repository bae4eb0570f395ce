#pragma once
// The norms by the names they have on a lesson's command line.

#include <string>
#include <vector>

#include "evenkeel/chart/palette.hpp"
#include "evenkeel/core/var.hpp"

namespace evenkeel::lesson {

struct NamedNorm {
  std::string name;    ///< "batch"
  std::string title;   ///< "BatchNorm"
  std::string column;  ///< "batch_norm", in CSV files
  Colour colour;
  Var (*apply)(Var x);  ///< without gamma and beta; x: features × samples
};

/// none, batch, layer, rms, group (eight groups).
const std::vector<NamedNorm>& all_norms();
std::vector<std::string> norm_names();
const NamedNorm& norm_by_name(const std::string& name);

}  // namespace evenkeel::lesson
