#pragma once
// What BatchNorm and InstanceNorm share: normalizing by measured statistics that a running average
// may take in.

#include <fmt/format.h>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/norm/running_stats.hpp"

namespace evenkeel {

inline Var normalize_tracked(std::string_view norm, Var x, Tile tile, double eps,
                             RunningStats* running) {
  if (tile.size() < 2) {
    fail(norm, fmt::format("each channel of x ({}) has one value to take statistics of, and its "
                           "normalized value would always be 0: it needs at least 2 "
                           "(positions or samples)",
                           to_string(x.shape())));
  }
  const Var xhat = normalize(x, tile, Centering::subtract_mean, eps);
  if (running) {
    const Node& node = x.tape().node(xhat.index());
    const Normalize& op = static_cast<const Normalize&>(*node.op);
    running->update(op.mean, op.variance, tile.size());
  }
  return xhat;
}

}  // namespace evenkeel
