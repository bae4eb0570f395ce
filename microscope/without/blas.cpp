// The products of BLAS that the library calls, as plain loops, under BLAS's own names: Armadillo
// and src/kernels/blas.cpp find them where OpenBLAS is elsewhere. Sums run in the order of the
// inner index.

#include <armadillo>

namespace {

using arma::blas_int;

// c (m numbers) ← beta·c, where beta = 0 also clears a NaN
void scale(double* c, blas_int m, blas_int step, double beta) {
  for (blas_int i = 0; i < m; ++i) c[i * step] = beta == 0 ? 0 : beta * c[i * step];
}

// c (m) ← c + alpha · op(a) b, where b's k numbers stand `step_b` apart, c's `step_c`
void add_product(bool transposed, blas_int m, blas_int k, double alpha, const double* a,
                 blas_int lda, const double* b, blas_int step_b, double* c, blas_int step_c) {
  if (transposed) {
    for (blas_int i = 0; i < m; ++i) {
      double sum = 0;
      for (blas_int l = 0; l < k; ++l) sum += a[i * lda + l] * b[l * step_b];
      c[i * step_c] += alpha * sum;
    }
    return;
  }
  for (blas_int l = 0; l < k; ++l) {
    const double factor = alpha * b[l * step_b];
    for (blas_int i = 0; i < m; ++i) c[i * step_c] += a[l * lda + i] * factor;
  }
}

}  // namespace

extern "C" {

void dgemm_(const char* form_a, const char* form_b, const blas_int* m, const blas_int* n,
            const blas_int* k, const double* alpha, const double* a, const blas_int* lda,
            const double* b, const blas_int* ldb, const double* beta, double* c,
            const blas_int* ldc) {
  const bool b_transposed = *form_b != 'N';
  for (blas_int j = 0; j < *n; ++j) {
    double* column = c + j * *ldc;
    scale(column, *m, 1, *beta);
    add_product(*form_a != 'N', *m, *k, *alpha, a, *lda, b + j * (b_transposed ? 1 : *ldb),
                b_transposed ? *ldb : 1, column, 1);
  }
}

void dgemv_(const char* form, const blas_int* m, const blas_int* n, const double* alpha,
            const double* a, const blas_int* lda, const double* x, const blas_int* step_x,
            const double* beta, double* y, const blas_int* step_y) {
  const bool transposed = *form != 'N';
  const blas_int rows = transposed ? *n : *m, inner = transposed ? *m : *n;
  scale(y, rows, *step_y, *beta);
  add_product(transposed, rows, inner, *alpha, a, *lda, x, *step_x, y, *step_y);
}

double ddot_(const blas_int* n, const double* x, const blas_int* step_x, const double* y,
             const blas_int* step_y) {
  double sum = 0;
  for (blas_int i = 0; i < *n; ++i) sum += x[i * *step_x] * y[i * *step_y];
  return sum;
}

// c (n×n) ← alpha · a aᵀ + beta · c, or aᵀ a; the other triangle, which is the same, is written
// too.
void dsyrk_(const char*, const char* form, const blas_int* n, const blas_int* k,
            const double* alpha, const double* a, const blas_int* lda, const double* beta,
            double* c, const blas_int* ldc) {
  const char other = *form == 'N' ? 'T' : 'N';
  dgemm_(form, &other, n, n, k, alpha, a, lda, a, lda, beta, c, ldc);
}

}  // extern "C"
