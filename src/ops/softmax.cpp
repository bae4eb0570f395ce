#include "evenkeel/ops/softmax.hpp"

#include <cmath>

#include "kernels/sums.hpp"
#include "kernels/vector_map.hpp"

namespace evenkeel {

namespace {

// Columns for one task; an exponential costs about as much as 16 additions.
Index columns_for_task(const Matrix& x) {
  return block_for_cost(16 * x.n_rows);
}

}  // namespace

void Softmax::forward(const Matrix& x, Matrix& y) {
  set_shape(y, shape_of(x));
  const Index n = x.n_rows;
  parallel_blocks(n > 0 ? x.n_cols : 0, columns_for_task(x), [&](Index first, Index last) {
    for (Index j = first; j < last; ++j) {
      const Scalar* from = x.colptr(j);
      Scalar* to = y.colptr(j);
      const Scalar largest = simd::largest(from, n);
      const Scalar sum = exp_and_sum(from, largest, to, n);
      for (Index i = 0; i < n; ++i) to[i] /= sum;
    }
  });
}

void Softmax::backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) {
  set_shape(dx, shape_of(x));
  const Index n = x.n_rows;
  parallel_blocks(x.n_cols, columns_for_task(x), [&](Index first, Index last) {
    for (Index j = first; j < last; ++j) {
      const Scalar* p = y.colptr(j);
      const Scalar* dp = dy.colptr(j);
      Scalar* to = dx.colptr(j);
      const Scalar sum = sum_of(0, n, [=](Index i) { return p[i] * dp[i]; });
      for (Index i = 0; i < n; ++i) to[i] = p[i] * (dp[i] - sum);
    }
  });
}

void LogSoftmax::forward(const Matrix& x, Matrix& y) {
  set_shape(y, shape_of(x));
  const Index n = x.n_rows;
  parallel_blocks(n > 0 ? x.n_cols : 0, columns_for_task(x), [&](Index first, Index last) {
    for (Index j = first; j < last; ++j) {
      const Scalar* from = x.colptr(j);
      Scalar* to = y.colptr(j);
      const Scalar largest = simd::largest(from, n);
      const Scalar log_sum = std::log(exp_and_sum(from, largest, to, n));
      for (Index i = 0; i < n; ++i) to[i] = from[i] - largest - log_sum;
    }
  });
}

void LogSoftmax::backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) {
  set_shape(dx, shape_of(x));
  const Index n = x.n_rows;
  parallel_blocks(x.n_cols, columns_for_task(x), [&](Index first, Index last) {
    for (Index j = first; j < last; ++j) {
      const Scalar* log_p = y.colptr(j);
      const Scalar* from = dy.colptr(j);
      Scalar* to = dx.colptr(j);
      const Scalar sum = sum_of(0, n, [=](Index i) { return from[i]; });
      exp_and_sum(log_p, 0, to, n);
      for (Index i = 0; i < n; ++i) to[i] = from[i] - to[i] * sum;
    }
  });
}

Var softmax(Var x) {
  return record<Softmax>({x});
}
Var log_softmax(Var x) {
  return record<LogSoftmax>({x});
}

}  // namespace evenkeel
