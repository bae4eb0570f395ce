#pragma once
// One product on one thread, by BLAS, on parts of matrices: pointers and the strides from column to
// column. Which library multiplies is decided here and nowhere else.

#include <functional>

#include "evenkeel/core/types.hpp"

namespace evenkeel::blas {

struct Part {
  const Scalar* first;
  Index stride;
  bool transposed = false;
};

/// c (m×n) = alpha · a (m×k) · b (k×n) + beta · c. The first call of the program checks some
/// products and throws when the library computes them wrong.
void gemm(Index m, Index n, Index k, Scalar alpha, Part a, Part b, Scalar beta, Scalar* c,
          Index stride_c);

/// As above, without the check.
using Gemm = std::function<void(Index m, Index n, Index k, Scalar alpha, Part a, Part b,
                                Scalar beta, Scalar* c, Index stride_c)>;

/// Multiplies matrices of small whole numbers, whose products are exact, in every form and with
/// strides larger than the columns; throws when an entry is not what its sum is. Some BLAS
/// libraries compute wrong products on processors newer than they are.
void require_right(const Gemm& gemm);

}  // namespace evenkeel::blas
