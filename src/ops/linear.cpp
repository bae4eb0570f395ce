#include "evenkeel/ops/linear.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "kernels/ops.hpp"
#include "ops/broadcast.hpp"

namespace evenkeel {

struct Matmul final : BinaryOp {
  std::string_view name() const override { return "matmul"; }

  void forward(const Matrix& a, const Matrix& b, Matrix& y) override {
    if (a.n_cols != b.n_rows) {
      fail(name(),
           "b must have {} rows to match a ({}), got {}; the product element "
           "by element is a % b",
           a.n_cols, to_string(shape_of(a)), to_string(shape_of(b)));
    }
    if (fast_kernels()) return kernels::gemm(a, b, y);
    y = a * b;
  }

  void backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* da,
                Matrix* db) override {
    if (fast_kernels()) return kernels::gemm_backward(a, b, dy, da, db);
    if (da) *da = dy * b.t();
    if (db) *db = a.t() * dy;
  }
};

static void require_input(const Matrix& x, const Matrix& w) {
  if (w.n_cols == x.n_rows) return;
  fail("linear", "W must have {} columns to match x ({}), got {}", x.n_rows, to_string(shape_of(x)),
       to_string(shape_of(w)));
}

struct Linear final : BinaryOp {
  std::string_view name() const override { return "linear"; }

  void forward(const Matrix& x, const Matrix& w, Matrix& y) override {
    require_input(x, w);
    if (fast_kernels()) return kernels::gemm(w, x, y);
    y = w * x;
  }

  void backward(const Matrix& x, const Matrix& w, const Matrix&, const Matrix& dy, Matrix* dx,
                Matrix* dw) override {
    if (fast_kernels()) return kernels::gemm_backward(w, x, dy, dw, dx);
    if (dx) *dx = w.t() * dy;
    if (dw) *dw = dy * x.t();  // summed over the samples
  }
};

struct LinearBias final : TernaryOp {
  std::string_view name() const override { return "linear"; }

  void forward(const Matrix& x, const Matrix& w, const Matrix& b, Matrix& y) override {
    require_input(x, w);
    require_shape(name(), "b", b, {w.n_rows, 1},
                  fmt::format("to match W ({})", to_string(shape_of(w))));
    if (fast_kernels()) return kernels::linear(x, w, b, y);
    y = w * x;
    y.each_col() += b;
  }

  void backward(const Matrix& x, const Matrix& w, const Matrix& b, const Matrix&, const Matrix& dy,
                Matrix* dx, Matrix* dw, Matrix* db) override {
    if (fast_kernels()) return kernels::linear_backward(x, w, dy, dx, dw, db);
    if (dx) *dx = w.t() * dy;
    if (dw) *dw = dy * x.t();  // summed over the samples
    if (db) *db = summed(dy, shape_of(b));
  }
};

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
