#pragma once
// Matrix products on several threads. The result is cut along its longer side into blocks that
// depend on the shapes alone; each block is one call of BLAS, which itself runs on one thread.

#include "evenkeel/core/types.hpp"

namespace evenkeel {

/// One factor of a product: a matrix, or its transpose without moving anything.
struct Factor {
  const Matrix& matrix;
  bool transposed = false;

  Factor(const Matrix& x, bool transpose = false) : matrix(x), transposed(transpose) {}  // NOLINT
  Index rows() const { return transposed ? matrix.n_cols : matrix.n_rows; }
  Index cols() const { return transposed ? matrix.n_rows : matrix.n_cols; }
};

inline Factor transposed(const Matrix& x) {
  return {x, true};
}

/// y = a b. The sizes must fit (a.cols() == b.rows()); y must be neither a nor b.
void gemm(Factor a, Factor b, Matrix& y);

}  // namespace evenkeel
