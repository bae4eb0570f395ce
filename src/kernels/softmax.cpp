#include "kernels/ops.hpp"

#include <cmath>

#include "kernels/map.hpp"
#include "kernels/simd.hpp"
#include "kernels/sums.hpp"

namespace evenkeel::kernels {

namespace {

// body(j, from, to) for each column of x, and y's of the same number; an exponential costs about as
// much as 16 additions. Gives y the shape of x.
template <class Body>
void each_column(const Matrix& x, Matrix& y, Body body) {
  set_shape(y, shape_of(x));
  if (x.is_empty()) return;
  parallel_each(x.n_cols, 16 * x.n_rows, [&](Index j) { body(j, x.colptr(j), y.colptr(j)); });
}

}  // namespace

void softmax(const Matrix& x, Matrix& y) {
  each_column(x, y, [n = x.n_rows](Index, const Scalar* from, Scalar* to) {
    const Scalar sum = simd::exp_and_sum(from, simd::largest(from, n), to, n);
    for (Index i = 0; i < n; ++i) to[i] /= sum;
  });
}

void softmax_backward(const Matrix& y, const Matrix& dy, Matrix& dx) {
  each_column(y, dx, [&, n = y.n_rows](Index j, const Scalar* p, Scalar* to) {
    const Scalar* dp = dy.colptr(j);
    const Scalar sum = sum_of(0, n, [=](Index i) { return p[i] * dp[i]; });
    for (Index i = 0; i < n; ++i) to[i] = p[i] * (dp[i] - sum);
  });
}

void log_softmax(const Matrix& x, Matrix& y) {
  each_column(x, y, [n = x.n_rows](Index, const Scalar* from, Scalar* to) {
    const Scalar largest = simd::largest(from, n);
    const Scalar log_sum = std::log(simd::exp_and_sum(from, largest, to, n));
    for (Index i = 0; i < n; ++i) to[i] = from[i] - largest - log_sum;
  });
}

void log_softmax_backward(const Matrix& y, const Matrix& dy, Matrix& dx) {
  each_column(dy, dx, [&, n = y.n_rows](Index j, const Scalar* from, Scalar* to) {
    const Scalar sum = sum_of(0, n, [=](Index i) { return from[i]; });
    simd::exp_and_sum(y.colptr(j), 0, to, n);
    for (Index i = 0; i < n; ++i) to[i] = from[i] - to[i] * sum;
  });
}

void cross_entropy(const Matrix& x, const std::vector<Index>& targets, Matrix& p,
                   Matrix& sample_loss, Matrix& loss) {
  set_shape(sample_loss, {1, x.n_cols});
  each_column(x, p, [&, n = x.n_rows](Index j, const Scalar* from, Scalar* to) {
    const Scalar largest = simd::largest(from, n);
    const Scalar sum = simd::exp_and_sum(from, largest, to, n);
    for (Index i = 0; i < n; ++i) to[i] /= sum;
    sample_loss[j] = std::log(sum) - (from[targets[j]] - largest);  // p may be 0
  });
  set_shape(loss, {1, 1});
  loss(0, 0) = sum_all(sample_loss) / static_cast<Scalar>(x.n_cols);
}

}  // namespace evenkeel::kernels
