#include "evenkeel/ops/elementwise.hpp"

#include <cmath>

#include "evenkeel/kernels/kernels.hpp"
#include "kernels/activation.hpp"
#include "kernels/map.hpp"

namespace evenkeel {

struct Exp final : UnaryOp {
  std::string_view name() const override { return "exp"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::exp(x, y);
    y = arma::exp(x);
  }

  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::map(y, dy, dx, std::multiplies<>());
    dx = y % dy;
  }
};

struct Log final : UnaryOp {
  std::string_view name() const override { return "log"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::map(x, y, [](Scalar x) { return std::log(x); });
    y = arma::log(x);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::map(dy, x, dx, std::divides<>());
    dx = dy / x;
  }
};

struct Sqrt final : UnaryOp {
  std::string_view name() const override { return "sqrt"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::map(x, y, [](Scalar x) { return std::sqrt(x); });
    y = arma::sqrt(x);
  }

  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) {
      return kernels::map(y, dy, dx, [](Scalar y, Scalar dy) { return dy / (2 * y); });
    }
    dx = dy / (2 * y);
  }
};

struct Square final : UnaryOp {
  std::string_view name() const override { return "square"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::map(x, x, y, std::multiplies<>());
    y = arma::square(x);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) {
      return kernels::map(x, dy, dx, [](Scalar x, Scalar dy) { return 2 * x * dy; });
    }
    dx = 2 * x % dy;
  }
};

struct Pow final : UnaryOp {
  Scalar p = 1;

  std::string_view name() const override { return "pow"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::map(x, y, [p = p](Scalar x) { return std::pow(x, p); });
    y = arma::pow(x, p);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (p == 0) return void(dx.zeros(x.n_rows, x.n_cols));  // 0 · x⁻¹ would be NaN at 0
    if (fast_kernels()) {
      return kernels::map(x, dy, dx,
                          [p = p](Scalar x, Scalar dy) { return p * std::pow(x, p - 1) * dy; });
    }
    dx = p * arma::pow(x, p - 1) % dy;
  }
};

struct Abs final : UnaryOp {
  std::string_view name() const override { return "abs"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::map(x, y, [](Scalar x) { return std::abs(x); });
    y = arma::abs(x);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) {
      return kernels::map(x, dy, dx, [](Scalar x, Scalar dy) {
        return x > 0 ? dy : x < 0 ? -dy : x * dy;
      });
    }
    dx = arma::sign(x) % dy;
  }
};

// --- on Vars -------------------------------------------------------------------------------------

Var exp(Var x) {
  return record<Exp>({x});
}
Var log(Var x) {
  return record<Log>({x});
}
Var sqrt(Var x) {
  return record<Sqrt>({x});
}
Var square(Var x) {
  return record<Square>({x});
}
Var abs(Var x) {
  return record<Abs>({x});
}

Var pow(Var x, double p) {
  return record<Pow>({x}, [&](Pow& op) { op.p = static_cast<Scalar>(p); });
}

}  // namespace evenkeel
