#pragma once
// How the entries of a matrix are distributed, counted in bins of equal width.

#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

struct BinCounts {
  double low = 0;
  double high = 1;
  std::vector<Index> counts;  ///< bin i: low + i·width ≤ x < low + (i+1)·width, the last ≤ high
  Index below = 0;            ///< x < low, −Inf too
  Index above = 0;            ///< x > high, +Inf too
  Index nans = 0;

  Index total() const;  ///< of all entries, in a bin or not
  double width() const { return (high - low) / static_cast<double>(counts.size()); }
  std::vector<double> edges() const;  ///< bins + 1, from low to high
  /// Share of all entries per unit of x, comparable to a probability density: the area is the share
  /// that lies in low…high.
  std::vector<double> density() const;
};

/// Throws Error unless bins ≥ 1 and low < high, both finite.
BinCounts histogram(const Matrix& x, Index bins, double low, double high);

}  // namespace evenkeel
