#include "evenkeel/ops/elementwise.hpp"

#include <cmath>

namespace evenkeel {

// One Armadillo expression each, which is one pass over the entries: no kernels beside them.

struct Exp final : UnaryOp {
  std::string_view name() const override { return "exp"; }

  void forward(const Matrix& x, Matrix& y) override { y = arma::exp(x); }

  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    dx = y % dy;
  }
};

struct Log final : UnaryOp {
  std::string_view name() const override { return "log"; }

  void forward(const Matrix& x, Matrix& y) override { y = arma::log(x); }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = dy / x;
  }
};

struct Sqrt final : UnaryOp {
  std::string_view name() const override { return "sqrt"; }

  void forward(const Matrix& x, Matrix& y) override { y = arma::sqrt(x); }

  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    dx = dy / (2 * y);
  }
};

struct Square final : UnaryOp {
  std::string_view name() const override { return "square"; }

  void forward(const Matrix& x, Matrix& y) override { y = arma::square(x); }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = 2 * x % dy;
  }
};

struct Pow final : UnaryOp {
  Scalar p = 1;

  std::string_view name() const override { return "pow"; }

  void forward(const Matrix& x, Matrix& y) override { y = arma::pow(x, p); }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (p == 0) return void(dx.zeros(x.n_rows, x.n_cols));  // 0 · x⁻¹ would be NaN at 0
    dx = p * arma::pow(x, p - 1) % dy;
  }
};

struct Abs final : UnaryOp {
  std::string_view name() const override { return "abs"; }

  void forward(const Matrix& x, Matrix& y) override { y = arma::abs(x); }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = arma::sign(x) % dy;
  }
};

struct Erf final : UnaryOp {
  std::string_view name() const override { return "erf"; }

  void forward(const Matrix& x, Matrix& y) override { y = arma::erf(x); }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    const Scalar slope_at_0 = 2 / std::sqrt(arma::Datum<Scalar>::pi);
    dx = slope_at_0 * arma::exp(-arma::square(x)) % dy;
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
Var erf(Var x) {
  return record<Erf>({x});
}

Var pow(Var x, double p) {
  return record<Pow>({x}, [&](Pow& op) { op.p = static_cast<Scalar>(p); });
}

}  // namespace evenkeel
