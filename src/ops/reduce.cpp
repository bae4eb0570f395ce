#include "evenkeel/ops/reduce.hpp"

#include <fmt/format.h>

#include "kernels/broadcast.hpp"
#include "kernels/sums.hpp"

namespace evenkeel {

namespace {

void sum_over(const Matrix& x, Over over, Matrix& y) {
  switch (over) {
    case Over::rows:
      return sum_rows(x, y);
    case Over::columns:
      return sum_columns(x, y);
    default:
      set_shape(y, {1, 1});
      y(0, 0) = sum_all(x);
  }
}

}  // namespace

void Sum::forward(const Matrix& x, Matrix& y) {
  sum_over(x, over, y);
}

void Sum::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  // x gives the shape alone: every entry takes the dy of the sum it went into.
  broadcast_map(x, dy, shape_of(x), dx, [](Scalar, Scalar dy) { return dy; });
}

void Mean::forward(const Matrix& x, Matrix& y) {
  if (x.is_empty()) {
    fail(name(), fmt::format("x ({}) has no entries", to_string(shape_of(x))));
  }
  sum_over(x, over, y);
  const Index count = x.n_elem / y.n_elem;  // entries in each mean
  const auto n = static_cast<Scalar>(count);
  map(y, y, [n](Scalar sum) { return sum / n; });
}

void Mean::backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) {
  const Index count = x.n_elem / y.n_elem;
  const auto n = static_cast<Scalar>(count);
  broadcast_map(x, dy, shape_of(x), dx, [n](Scalar, Scalar dy) { return dy / n; });
}

Var sum(Var x, Over over) {
  return record<Sum>({x}, [&](Sum& op) { op.over = over; });
}

Var mean(Var x, Over over) {
  return record<Mean>({x}, [&](Mean& op) { op.over = over; });
}

}  // namespace evenkeel
