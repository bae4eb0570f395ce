#pragma once

#include <string>

#include "evenkeel/chart/draw.hpp"

/// \file
/// gnuplot at the other end of gnuplot-iostream's pipe: it may be absent, fail, hang or die, and we
/// go on.
namespace evenkeel::detail {

/// What came of a script.
struct Outcome {
  std::string picture;   ///< what gnuplot wrote to standard output
  std::string messages;  ///< and to standard error
  std::string problem;   ///< one line; empty if it ended well
};

/// Lets gnuplot run `script`, and ends it with all its children after drawing.limit.
Outcome run_gnuplot(const Drawing& drawing, const std::string& script);

}  // namespace evenkeel::detail
