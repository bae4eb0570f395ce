#include "kernels/blas.hpp"

#include <algorithm>
#include <vector>

#include "base/fail.hpp"

namespace evenkeel::blas {

namespace {

void multiply(Index m, Index n, Index k, Scalar alpha, Part a, Part b, Scalar beta, Scalar* c,
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

// --- is it right? --------------------------------------------------------------------------------

// A factor of whole numbers from −3 to 3, in columns that are longer than they need to be.
struct WholeNumbers {
  Index rows, cols, stride;
  bool transposed;
  std::vector<Scalar> entries;

  WholeNumbers(Index rows_, Index cols_, bool transposed_, Index seed)
      : rows(rows_),
        cols(cols_),
        stride((transposed_ ? cols_ : rows_) + 5),
        transposed(transposed_),
        entries(stride * (transposed_ ? rows_ : cols_)) {
    for (Scalar& entry : entries) {
      seed = (seed * 1103515245 + 12345) % (Index{1} << 31);
      entry = static_cast<Scalar>(seed / 65536 % 7) - 3;
    }
  }
  Scalar at(Index i, Index j) const {
    return entries[transposed ? i * stride + j : j * stride + i];
  }
  Part part() const { return {entries.data(), stride, transposed}; }
};

// Entries of c = a b: all along the edges, where a kernel's tile is cut off, and one in 13 within.
void require_right_entries(const WholeNumbers& a, const WholeNumbers& b,
                           const std::vector<Scalar>& c, Index stride_c) {
  const Index m = a.rows, n = b.cols;
  for (Index place = 0; place < m * n; ++place) {
    const Index i = place % m, j = place / m;
    const bool edge = i == 0 || i == m - 1 || j == 0 || j == n - 1;
    if (!edge && place % 13 != 0) continue;
    Scalar sum = 0;
    for (Index l = 0; l < a.cols; ++l) sum += a.at(i, l) * b.at(l, j);
    if (c[j * stride_c + i] == sum) continue;
    fail("blas",
         "the library of matrix products (BLAS) computes wrong results on this processor: entry "
         "({}, {}) of a product {}×{}×{} is {} and must be {}; with OpenBLAS set "
         "OPENBLAS_CORETYPE=Haswell, or install another library",
         i, j, m, a.cols, n, c[j * stride_c + i], sum);
  }
}

}  // namespace

void require_right(const Gemm& gemm) {
  // Narrower and wider than the tiles of a kernel, and one that is large.
  constexpr Index sizes[][3] = {{7, 5, 3}, {33, 17, 64}, {50, 67, 31}, {129, 100, 83}};
  for (const auto& [m, n, k] : sizes) {
    for (const int form : {0, 1, 2, 3}) {
      const WholeNumbers a(m, k, form % 2 == 1, m), b(k, n, form / 2 == 1, n);
      const Index stride_c = m + 3;
      std::vector<Scalar> c(stride_c * n, 7);  // to be written over
      gemm(m, n, k, 1, a.part(), b.part(), 0, c.data(), stride_c);
      require_right_entries(a, b, c, stride_c);
    }
  }
}

void gemm(Index m, Index n, Index k, Scalar alpha, Part a, Part b, Scalar beta, Scalar* c,
          Index stride_c) {
  [[maybe_unused]] static const bool right = (require_right(multiply), true);
  multiply(m, n, k, alpha, a, b, beta, c, stride_c);
}

}  // namespace evenkeel::blas
