#pragma once
// Functions of one entry at a time: y has x's shape. Outside their domain they give what the C++
// library gives (log 0 = −Inf, sqrt(−1) = NaN); Tape::check_finite finds the node that made it.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = exp(x);  dx = y ⊙ dy
struct Exp final : UnaryOp {
  std::string_view name() const override { return "exp"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = log(x), the natural logarithm, for x > 0;  dx = dy / x
struct Log final : UnaryOp {
  std::string_view name() const override { return "log"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = √x, for x ≥ 0;  dx = dy / (2 y), which is infinite at 0
struct Sqrt final : UnaryOp {
  std::string_view name() const override { return "sqrt"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = x²;  dx = 2 x ⊙ dy
struct Square final : UnaryOp {
  std::string_view name() const override { return "square"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = x^p for a number p;  dx = p x^(p−1) ⊙ dy. x < 0 needs a whole p, else y is NaN. p = 0 gives
/// y = 1 and dx = 0 everywhere, at 0 too.
struct Pow final : UnaryOp {
  Scalar exponent = 1;

  std::string_view name() const override { return "pow"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = |x|;  dx = sign(x) ⊙ dy, which is 0 at 0
struct Abs final : UnaryOp {
  std::string_view name() const override { return "abs"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

Var exp(Var x);
Var log(Var x);
Var sqrt(Var x);
Var square(Var x);
Var pow(Var x, double exponent);
Var abs(Var x);

}  // namespace evenkeel
