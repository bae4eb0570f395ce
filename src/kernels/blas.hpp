#pragma once
// One call of BLAS on parts of matrices: pointers and the strides from column to column.

#include <algorithm>

#include "evenkeel/core/types.hpp"

namespace evenkeel::blas {

struct Part {
  const Scalar* first;
  Index stride;
  bool transposed = false;
};

/// c (m×n) = alpha · a (m×k) · b (k×n) + beta · c
inline void gemm(Index m, Index n, Index k, Scalar alpha, Part a, Part b, Scalar beta, Scalar* c,
                 Index stride_c) {
  const auto number = [](Index i) { return static_cast<arma::blas_int>(i); };
  const auto stride = [](Index i) { return static_cast<arma::blas_int>(std::max<Index>(1, i)); };
  const char form_a = a.transposed ? 'T' : 'N';
  const char form_b = b.transposed ? 'T' : 'N';
  const arma::blas_int rows = number(m), cols = number(n), inner = number(k);
  const arma::blas_int lda = stride(a.stride), ldb = stride(b.stride), ldc = stride(stride_c);
  if (n == 1) {  // a matrix times a vector: no packing, three times as fast
    const arma::blas_int rows_a = a.transposed ? inner : rows, cols_a = a.transposed ? rows : inner;
    const arma::blas_int step_b = b.transposed ? ldb : 1, step_c = 1;
    arma::blas::gemv(&form_a, &rows_a, &cols_a, &alpha, a.first, &lda, b.first, &step_b, &beta, c,
                     &step_c);
    return;
  }
  arma::blas::gemm(&form_a, &form_b, &rows, &cols, &inner, &alpha, a.first, &lda, b.first, &ldb,
                   &beta, c, &ldc);
}

}  // namespace evenkeel::blas
