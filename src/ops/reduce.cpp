#include "evenkeel/ops/reduce.hpp"

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "kernels/broadcast.hpp"
#include "ops/broadcast.hpp"

namespace evenkeel {

namespace {

Shape shape_without(Over over, const Matrix& x) {
  return {over == Over::columns ? x.n_rows : 1, over == Over::rows ? x.n_cols : 1};
}

}  // namespace

struct Sum final : UnaryOp {
  Over over = Over::all;

  std::string_view name() const override { return "sum"; }

  void forward(const Matrix& x, Matrix& y) override {
    const Shape shape = shape_without(over, x);
    if (fast_kernels()) return kernels::sum_to_shape(x, shape, y);
    y = summed(x, shape);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) {  // x gives the shape alone
      return kernels::broadcast_map(x, dy, shape_of(x), dx, [](Scalar, Scalar dy) { return dy; });
    }
    dx = repeated(dy, shape_of(x));
  }
};

struct Mean final : UnaryOp {
  Over over = Over::all;

  std::string_view name() const override { return "mean"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (x.is_empty()) {
      fail(name(), "x ({}) has no entries", to_string(shape_of(x)));
    }
    const Shape shape = shape_without(over, x);
    const Index entries = x.n_elem / shape.size();  // in each mean
    const Scalar n = static_cast<Scalar>(entries);
    if (fast_kernels()) {
      kernels::sum_to_shape(x, shape, y);
    } else {
      y = summed(x, shape);
    }
    y /= n;
  }

  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    const Index entries = x.n_elem / y.n_elem;
    const Scalar n = static_cast<Scalar>(entries);
    if (fast_kernels()) {
      return kernels::broadcast_map(x, dy, shape_of(x), dx,
                                    [n](Scalar, Scalar dy) { return dy / n; });
    }
    dx = repeated(dy / n, shape_of(x));
  }
};

Var sum(Var x, Over over) {
  return record<Sum>({x}, [&](Sum& op) { op.over = over; });
}

Var mean(Var x, Over over) {
  return record<Mean>({x}, [&](Mean& op) { op.over = over; });
}

}  // namespace evenkeel
