#pragma once
// What BatchNorm and InstanceNorm share: statistics of many values, which a running average may
// take in.

#include <fmt/format.h>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/normalize_scale_shift.hpp"
#include "evenkeel/norm/running_stats.hpp"

namespace evenkeel {

inline Var normalize_tracked(std::string_view norm, Var x, Tile tile, double eps, Affine affine,
                             Index num_channels, RunningStats* running) {
  if (tile.size() < 2) {
    fail(norm, fmt::format("each channel of x ({}) has one value to take statistics of, and its "
                           "normalized value would always be 0: it needs at least 2 "
                           "(positions or samples)",
                           to_string(x.shape())));
  }
  return normalize_affine(norm, x, tile, Centering::subtract_mean, eps, affine, num_channels,
                          running);
}

}  // namespace evenkeel
