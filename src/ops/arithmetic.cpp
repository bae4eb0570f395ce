#include "evenkeel/ops/arithmetic.hpp"

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/linear.hpp"
#include "kernels/broadcast.hpp"
#include "ops/broadcast.hpp"

namespace evenkeel {

struct Add final : BinaryOp {
  std::string_view name() const override { return "add"; }

  void forward(const Matrix& a, const Matrix& b, Matrix& y) override {
    const Shape shape = broadcast_shape(name(), a, b);
    if (fast_kernels()) return kernels::broadcast_map(a, b, shape, y, std::plus<>());
    y = repeated(a, shape) + repeated(b, shape);
  }

  void backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* da,
                Matrix* db) override {
    if (fast_kernels()) return kernels::add_backward(a, b, dy, da, db);
    if (da) *da = summed(dy, shape_of(a));
    if (db) *db = summed(dy, shape_of(b));
  }
};

struct Subtract final : BinaryOp {
  std::string_view name() const override { return "subtract"; }

  void forward(const Matrix& a, const Matrix& b, Matrix& y) override {
    const Shape shape = broadcast_shape(name(), a, b);
    if (fast_kernels()) return kernels::broadcast_map(a, b, shape, y, std::minus<>());
    y = repeated(a, shape) - repeated(b, shape);
  }

  void backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* da,
                Matrix* db) override {
    if (fast_kernels()) return kernels::subtract_backward(a, b, dy, da, db);
    if (da) *da = summed(dy, shape_of(a));
    if (db) *db = -summed(dy, shape_of(b));
  }
};

struct Multiply final : BinaryOp {
  Matrix term;  // scratch buffer of the kernels

  std::string_view name() const override { return "multiply"; }

  void forward(const Matrix& a, const Matrix& b, Matrix& y) override {
    const Shape shape = broadcast_shape(name(), a, b);
    if (fast_kernels()) return kernels::broadcast_map(a, b, shape, y, std::multiplies<>());
    y = repeated(a, shape) % repeated(b, shape);
  }

  void backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* da,
                Matrix* db) override {
    if (fast_kernels()) return kernels::multiply_backward(a, b, dy, da, db, term);
    if (da) *da = summed(dy % repeated(b, shape_of(dy)), shape_of(a));
    if (db) *db = summed(dy % repeated(a, shape_of(dy)), shape_of(b));
  }
};

struct Divide final : BinaryOp {
  Matrix term;  // scratch buffer of the kernels

  std::string_view name() const override { return "divide"; }

  void forward(const Matrix& a, const Matrix& b, Matrix& y) override {
    const Shape shape = broadcast_shape(name(), a, b);
    if (fast_kernels()) return kernels::broadcast_map(a, b, shape, y, std::divides<>());
    y = repeated(a, shape) / repeated(b, shape);
  }

  void backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy, Matrix* da,
                Matrix* db) override {
    if (fast_kernels()) return kernels::divide_backward(a, b, y, dy, da, db, term);
    const Matrix big_b = repeated(b, shape_of(dy));
    if (da) *da = summed(dy / big_b, shape_of(a));
    if (db) *db = summed(-dy % y / big_b, shape_of(b));
  }
};

struct Scale final : UnaryOp {
  Scalar factor = 1;

  std::string_view name() const override { return "scale"; }

  void forward(const Matrix& x, Matrix& y) override { y = factor * x; }

  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = factor * dy;
  }
};

struct Shift final : UnaryOp {
  Scalar offset = 0;

  std::string_view name() const override { return "shift"; }

  void forward(const Matrix& x, Matrix& y) override { y = x + offset; }

  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override { dx = dy; }
};

struct ChannelBias final : BinaryOp {
  std::string_view name() const override { return "channel_bias"; }

  void forward(const Matrix& x, const Matrix& b, Matrix& y) override {
    if (fast_kernels()) return kernels::channel_bias(x, b, y);
    const Index positions = x.n_rows / b.n_rows;
    y = x;
    y.each_col() += arma::repelem(b, positions, 1);
  }

  void backward(const Matrix& x, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* dx,
                Matrix* db) override {
    if (dx) *dx = dy;
    if (!db) return;
    if (fast_kernels()) return kernels::channel_bias_backward(dy, b.n_rows, *db);
    const Index positions = x.n_rows / b.n_rows;
    const Matrix over_samples = summed(dy, {dy.n_rows, 1});
    const Matrix by_channel = arma::reshape(over_samples, positions, b.n_rows);
    *db = arma::sum(by_channel, 0).t();
  }
};

// --- on Vars -------------------------------------------------------------------------------------

Var operator+(Input a, Input b) {
  return record<Add>({a, b});
}
Var operator-(Input a, Input b) {
  return record<Subtract>({a, b});
}
Var operator%(Input a, Input b) {
  return record<Multiply>({a, b});
}
Var operator/(Input a, Input b) {
  return record<Divide>({a, b});
}
Var operator*(Input a, Input b) {
  return matmul(a, b);
}
Var operator*(Var x, double c) {
  return record<Scale>({x}, [&](Scale& op) { op.factor = static_cast<Scalar>(c); });
}
Var operator+(Var x, double c) {
  return record<Shift>({x}, [&](Shift& op) { op.offset = static_cast<Scalar>(c); });
}
Var operator/(double c, Var x) {
  return c * pow(x, -1);
}

Var channel_bias(Input x, Input b) {
  if (b.cols() != 1 || b.rows() == 0 || x.rows() % b.rows() != 0) {
    fail("channel_bias", "b must be channels×1 with channels dividing the rows of x ({}), got {}",
         to_string(x.shape()), to_string(b.shape()));
  }
  return record<ChannelBias>({x, b});
}

}  // namespace evenkeel
