#pragma once
// Sum and mean over all entries, over the rows or over the columns. The sums have one fixed order
// for every number of threads and are accurate in float for millions of entries (see sums.hpp).

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// What is added up and so disappears.
enum class Over {
  all,     ///< leaves 1 × 1
  rows,    ///< adds up the rows, leaves 1 × cols: one value for each sample
  columns  ///< adds up the columns, leaves rows × 1: one value for each feature
};

/// y = Σ x;  dx = dy, repeated to x's shape
struct Sum final : UnaryOp {
  Over over = Over::all;

  std::string_view name() const override { return "sum"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = Σ x / n, with n the number of entries added up;  dx = dy / n, repeated to x's shape
struct Mean final : UnaryOp {
  Over over = Over::all;

  std::string_view name() const override { return "mean"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

Var sum(Var x, Over over = Over::all);
/// Throws when there is nothing to take the mean of.
Var mean(Var x, Over over = Over::all);

}  // namespace evenkeel
