#pragma once
// What a matrix of activations, gradients or weights looks like, in a few numbers.

#include "evenkeel/core/types.hpp"

namespace evenkeel {

/// Over all entries. Sums run in double, in two passes, so that a float matrix with a large mean
/// keeps its σ (E[x²] − E[x]² would cancel).
struct Statistics {
  double mean = 0;
  double sigma = 0;          ///< standard deviation, dividing by the number of entries
  double rms = 0;            ///< root mean square
  double largest = 0;        ///< largest |entry|
  double fraction_zero = 0;  ///< share of entries that are exactly 0: after a ReLU about half
};

/// All zeros for an empty matrix. With a NaN among the entries mean, sigma, rms and largest are
/// NaN, with an Inf largest and rms are Inf.
Statistics statistics(const Matrix& x);

/// How many rows (units) are 0 for every column (sample): after a ReLU, units that no sample of the
/// batch wakes up, and that get no gradient. Half of the entries being zero is not dead, it is
/// ReLU. All rows are where there are no columns.
Index dead_units(const Matrix& x);

}  // namespace evenkeel
