#include "evenkeel/probe/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

Index BinCounts::total() const {
  return std::accumulate(counts.begin(), counts.end(), below + above + nans);
}

std::vector<double> BinCounts::edges() const {
  std::vector<double> edges;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    edges.push_back(low + static_cast<double>(i) * width());
  }
  edges.push_back(high);
  return edges;
}

std::vector<double> BinCounts::density() const {
  const double whole = static_cast<double>(std::max<Index>(1, total())) * width();
  std::vector<double> density;
  for (const Index count : counts) density.push_back(static_cast<double>(count) / whole);
  return density;
}

BinCounts histogram(const Matrix& x, Index bins, double low, double high) {
  if (bins == 0) fail("histogram", "needs at least one bin, got 0");
  if (!(low < high) || !std::isfinite(low) || !std::isfinite(high)) {
    fail("histogram", fmt::format("needs finite low < high, got {} and {}", low, high));
  }
  BinCounts result{low, high, std::vector<Index>(bins), 0, 0, 0};
  const double per_unit = static_cast<double>(bins) / (high - low);
  for (const Scalar entry : x) {
    if (std::isnan(entry)) {
      ++result.nans;
    } else if (entry < low) {
      ++result.below;
    } else if (entry > high) {
      ++result.above;
    } else {
      const auto bin = static_cast<Index>((entry - low) * per_unit);
      ++result.counts[std::min(bin, bins - 1)];
    }
  }
  return result;
}

}  // namespace evenkeel
