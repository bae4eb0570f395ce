#include "evenkeel/ops/linear.hpp"

#include <fmt/format.h>

#include "kernels/broadcast.hpp"
#include "kernels/gemm.hpp"
#include "kernels/sums.hpp"

namespace evenkeel {

namespace {

void require_input(const Matrix& x, const Matrix& w) {
  if (w.n_cols == x.n_rows) return;
  fail("linear", fmt::format("W must have {} columns to match x ({}), got {}", x.n_rows,
                             to_string(shape_of(x)), to_string(shape_of(w))));
}

}  // namespace

void Matmul::forward(const Matrix& a, const Matrix& b, Matrix& y) {
  if (a.n_cols != b.n_rows) {
    fail(name(), fmt::format("b must have {} rows to match a ({}), got {}; the product element by "
                             "element is a % b",
                             a.n_cols, to_string(shape_of(a)), to_string(shape_of(b))));
  }
  gemm(a, b, y);  // y = a b
}

void Matmul::backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* da,
                      Matrix* db) {
  if (da) gemm(dy, transposed(b), *da);  // da = dy bᵀ
  if (db) gemm(transposed(a), dy, *db);  // db = aᵀ dy
}

void Linear::forward(const Matrix& x, const Matrix& w, Matrix& y) {
  require_input(x, w);
  gemm(w, x, y);  // y = W x
}

void Linear::backward(const Matrix& x, const Matrix& w, const Matrix&, const Matrix& dy, Matrix* dx,
                      Matrix* dw) {
  if (dx) gemm(transposed(w), dy, *dx);  // dx = Wᵀ dy
  if (dw) gemm(dy, transposed(x), *dw);  // dW = dy xᵀ, summed over the samples
}

void LinearBias::forward(const Matrix& x, const Matrix& w, const Matrix& b, Matrix& y) {
  require_input(x, w);
  require_shape(name(), "b", b, {w.n_rows, 1},
                fmt::format("to match W ({})", to_string(shape_of(w))));
  gemm(w, x, y);  // y = W x
  broadcast_map(y, b, shape_of(y), y, [](Scalar wx, Scalar b) { return wx + b; });
}

void LinearBias::backward(const Matrix& x, const Matrix& w, const Matrix&, const Matrix&,
                          const Matrix& dy, Matrix* dx, Matrix* dw, Matrix* db) {
  if (dx) gemm(transposed(w), dy, *dx);  // dx = Wᵀ dy
  if (dw) gemm(dy, transposed(x), *dw);  // dW = dy xᵀ, summed over the samples
  if (db) sum_columns(dy, *db);          // db = Σ dy over the samples
}

Var matmul(Input a, Input b) {
  return record<Matmul>({a, b});
}

Var linear(Input x, Input w) {
  return record<Linear>({x, w});
}

Var linear(Input x, Input w, Input b) {
  return record<LinearBias>({x, w, b});
}

}  // namespace evenkeel
