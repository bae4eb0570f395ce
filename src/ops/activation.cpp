#include "evenkeel/ops/activation.hpp"

#include <cmath>

#include "evenkeel/kernels/kernels.hpp"
#include "kernels/map.hpp"
#include "kernels/ops.hpp"

namespace evenkeel {

struct Relu final : UnaryOp {
  std::string_view name() const override { return "relu"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::map(x, y, [](Scalar x) { return x <= 0 ? Scalar(0) : x; });
    y = x;
    y.elem(arma::find(x <= 0)).zeros();
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) {
      return kernels::map(x, dy, dx, [](Scalar x, Scalar dy) { return x <= 0 ? Scalar(0) : dy; });
    }
    dx = dy;
    dx.elem(arma::find(x <= 0)).zeros();
  }
};

struct LeakyRelu final : UnaryOp {
  Scalar slope = Scalar(0.01);

  std::string_view name() const override { return "leaky_relu"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) {
      return kernels::map(x, y, [a = slope](Scalar x) { return x <= 0 ? a * x : x; });
    }
    y = x;
    y.elem(arma::find(x <= 0)) *= slope;
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) {
      return kernels::map(x, dy, dx,
                          [a = slope](Scalar x, Scalar dy) { return x <= 0 ? a * dy : dy; });
    }
    dx = dy;
    dx.elem(arma::find(x <= 0)) *= slope;
  }
};

struct GeluExact final : UnaryOp {
  std::string_view name() const override { return "gelu"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::gelu(x, y);
    const Matrix cumulative = arma::erfc(-x * sqrt_half) / 2;  // Φ; erfc keeps its digits near 0
    y = x % cumulative;
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::gelu_backward(x, dy, dx);
    const Matrix cumulative = arma::erfc(-x * sqrt_half) / 2;
    const Matrix density = arma::exp(-arma::square(x) / 2) / std::sqrt(2 * arma::Datum<Scalar>::pi);
    dx = (cumulative + x % density) % dy;
  }

 private:
  const Scalar sqrt_half = std::sqrt(Scalar(0.5));
};

struct GeluTanh final : UnaryOp {
  std::string_view name() const override { return "gelu_tanh"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::gelu_tanh(x, y);
    const Matrix c = arma::clamp(x, -saturated, saturated);
    const Matrix u = slope * (c + cubic * c % c % c);
    const Matrix s = 1 / (1 + arma::exp(-2 * u));
    y = x % s;
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::gelu_tanh_backward(x, dy, dx);
    const Matrix c = arma::clamp(x, -saturated, saturated);
    const Matrix u = slope * (c + cubic * c % c % c);
    const Matrix du = slope * (1 + 3 * cubic * c % c);
    const Matrix s = 1 / (1 + arma::exp(-2 * u));
    dx = s % (1 + (1 - s) % x * 2 % du) % dy;
  }

 private:
  const Scalar slope = std::sqrt(2 / arma::Datum<Scalar>::pi);
  const Scalar cubic = Scalar(0.044715);
  const Scalar saturated = 30;  // s is 0 or 1 from here on, where x³ could overflow
};

struct Silu final : UnaryOp {
  std::string_view name() const override { return "silu"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::silu(x, y);
    const Matrix s = 1 / (1 + arma::exp(-x));
    y = x % s;
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::silu_backward(x, dy, dx);
    const Matrix s = 1 / (1 + arma::exp(-x));
    dx = s % (1 + x % (1 - s)) % dy;
  }
};

struct Tanh final : UnaryOp {
  std::string_view name() const override { return "tanh"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::tanh(x, y);
    y = arma::tanh(x);
  }

  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) {
      return kernels::map(y, dy, dx, [](Scalar y, Scalar dy) { return (1 - y * y) * dy; });
    }
    dx = (1 - arma::square(y)) % dy;
  }
};

struct Sigmoid final : UnaryOp {
  std::string_view name() const override { return "sigmoid"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::sigmoid(x, y);
    y = 1 / (1 + arma::exp(-x));
  }

  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) {
      return kernels::map(y, dy, dx, [](Scalar y, Scalar dy) { return y * (1 - y) * dy; });
    }
    dx = y % (1 - y) % dy;
  }
};

// --- on Vars -------------------------------------------------------------------------------------

Var relu(Var x) {
  return record<Relu>({x});
}
Var silu(Var x) {
  return record<Silu>({x});
}
Var tanh(Var x) {
  return record<Tanh>({x});
}
Var sigmoid(Var x) {
  return record<Sigmoid>({x});
}

Var gelu(Var x, Gelu form) {
  return form == Gelu::exact ? record<GeluExact>({x}) : record<GeluTanh>({x});
}

Var leaky_relu(Var x, double slope) {
  return record<LeakyRelu>({x}, [&](LeakyRelu& op) { op.slope = static_cast<Scalar>(slope); });
}

}  // namespace evenkeel
