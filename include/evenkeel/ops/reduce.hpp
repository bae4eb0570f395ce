#pragma once
// Sum and mean over all entries, over the rows or over the columns. The sums have one fixed order
// for every number of threads and are accurate in float for millions of entries.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// What is added up and so disappears.
enum class Over {
  all,     ///< leaves 1 × 1
  rows,    ///< adds up the rows, leaves 1 × cols: one value for each sample
  columns  ///< adds up the columns, leaves rows × 1: one value for each feature
};

/// y = Σ x;  dx = dy, repeated to x's shape
Var sum(Var x, Over over = Over::all);
/// y = Σ x / n, with n the number of entries added up;  dx = dy / n, repeated to x's shape. Throws
/// when there is nothing to take the mean of.
Var mean(Var x, Over over = Over::all);

}  // namespace evenkeel
