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

struct Reduce final : UnaryOp {
  Over over = Over::all;
  bool to_mean = false;
  Matrix share;  // of each entry in dy

  std::string_view name() const override { return to_mean ? "mean" : "sum"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (to_mean && x.is_empty()) fail(name(), "x ({}) has no entries", to_string(shape_of(x)));
    const Shape shape = shape_without(over, x);
    if (fast_kernels()) {
      kernels::sum_to_shape(x, shape, y);
    } else {
      y = summed(x, shape);
    }
    if (to_mean) y /= entries_in_each(x, y);
  }

  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    share = dy;
    if (to_mean) share /= entries_in_each(x, y);
    if (fast_kernels()) {  // x gives the shape alone
      return kernels::broadcast_map(x, share, shape_of(x), dx,
                                    [](Scalar, Scalar dy) { return dy; });
    }
    dx = repeated(share, shape_of(x));
  }

 private:
  static Scalar entries_in_each(const Matrix& x, const Matrix& y) {
    const Index entries = x.n_elem / y.n_elem;
    return static_cast<Scalar>(entries);
  }
};

static Var reduce(Var x, Over over, bool to_mean) {
  return record<Reduce>({x}, [&](Reduce& op) {
    op.over = over;
    op.to_mean = to_mean;
  });
}

Var sum(Var x, Over over) {
  return reduce(x, over, false);
}

Var mean(Var x, Over over) {
  return reduce(x, over, true);
}

}  // namespace evenkeel
