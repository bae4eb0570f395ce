#pragma once
// Activations: functions of one entry at a time; y has x's shape.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = max(x, 0);  dx = dy where x > 0, else 0 (at 0 too)
struct Relu final : UnaryOp {
  std::string_view name() const override { return "relu"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = x where x > 0, else slope · x;  dx = dy or slope · dy (at 0 too)
struct LeakyRelu final : UnaryOp {
  Scalar slope = Scalar(0.01);

  std::string_view name() const override { return "leaky_relu"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// The two forms of gelu in use; they differ by at most 5e-4.
enum class Gelu {
  exact,  ///< y = x Φ(x)
  tanh    ///< y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), as in GPT-2
};

/// y = x Φ(x), with Φ the normal distribution's cumulative function;  dx = (Φ(x) + x φ(x)) ⊙ dy.
/// Hendrycks and Gimpel, "Gaussian error linear units", 2016.
struct GeluExact final : UnaryOp {
  std::string_view name() const override { return "gelu"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = x s, s = sigmoid(2u), u = √(2/π) (x + 0.044715 x³): the same as x/2 (1 + tanh(u)), since
/// 1 + tanh(u) = 2 sigmoid(2u), at a third of the time.
/// dx = s (1 + x (1 − s) 2u') ⊙ dy, u' = √(2/π) (1 + 3 · 0.044715 x²)
struct GeluTanh final : UnaryOp {
  std::string_view name() const override { return "gelu_tanh"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = x s, s = sigmoid(x);  dx = s (1 + x (1 − s)) ⊙ dy. Also called swish.
struct Silu final : UnaryOp {
  std::string_view name() const override { return "silu"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = tanh(x);  dx = (1 − y²) ⊙ dy
struct Tanh final : UnaryOp {
  std::string_view name() const override { return "tanh"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = 1 / (1 + exp(−x));  dx = y (1 − y) ⊙ dy. Never overflows.
struct Sigmoid final : UnaryOp {
  std::string_view name() const override { return "sigmoid"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

Var relu(Var x);
Var leaky_relu(Var x, double slope = 0.01);
Var gelu(Var x, Gelu form = Gelu::exact);
Var silu(Var x);
Var tanh(Var x);
Var sigmoid(Var x);

}  // namespace evenkeel
