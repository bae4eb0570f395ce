#pragma once
// Sums, differences, products and quotients, element by element, and the operators on Var. They
// follow Armadillo:
//
//   a + b   a - b   a % b   a / b     element by element
//   a * b                             the matrix product (see linear.hpp)
//   2 * x   x + 1   1 - x   -x  …     with plain numbers
//
// Broadcasting: in each direction a and b agree, or one of them is 1 and is repeated, so a row
// (1×n), a column (m×1) or a scalar (1×1) goes with any m×n, on either side. The gradient of what
// was repeated is the sum over its copies. Other shapes are an error:
// `[add] a (2×3) and b (3×2) do not fit: rows and columns must each agree, or be 1 in one of them`.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = a + b;  da = dy, db = dy
struct Add final : BinaryOp {
  std::string_view name() const override { return "add"; }
  void forward(const Matrix& a, const Matrix& b, Matrix& y) override;
  void backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy, Matrix* da,
                Matrix* db) override;
};

/// y = a − b;  da = dy, db = −dy
struct Subtract final : BinaryOp {
  std::string_view name() const override { return "subtract"; }
  void forward(const Matrix& a, const Matrix& b, Matrix& y) override;
  void backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy, Matrix* da,
                Matrix* db) override;
};

/// y = a ⊙ b;  da = dy ⊙ b, db = dy ⊙ a
struct Multiply final : BinaryOp {
  Matrix term;  // scratch buffer: dy ⊙ b before it is summed over the copies of a

  std::string_view name() const override { return "multiply"; }
  void forward(const Matrix& a, const Matrix& b, Matrix& y) override;
  void backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy, Matrix* da,
                Matrix* db) override;
};

/// y = a / b;  da = dy / b, db = −dy ⊙ y / b. Dividing by 0 gives ±Inf or NaN, as in IEEE 754.
struct Divide final : BinaryOp {
  Matrix term;  // scratch buffer, as in Multiply
  Matrix dy_y;  // scratch buffer: dy ⊙ y

  std::string_view name() const override { return "divide"; }
  void forward(const Matrix& a, const Matrix& b, Matrix& y) override;
  void backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy, Matrix* da,
                Matrix* db) override;
};

/// y = factor · x;  dx = factor · dy
struct Scale final : UnaryOp {
  Scalar factor = 1;

  std::string_view name() const override { return "scale"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = x + offset;  dx = dy
struct Shift final : UnaryOp {
  Scalar offset = 0;

  std::string_view name() const override { return "shift"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

Var add(Input a, Input b);
Var subtract(Input a, Input b);
Var multiply(Input a, Input b);
Var divide(Input a, Input b);
Var scale(Var x, double factor);
Var shift(Var x, double offset);

Var operator+(Input a, Input b);
Var operator-(Input a, Input b);
Var operator%(Input a, Input b);  ///< element by element
Var operator/(Input a, Input b);
Var operator*(Input a, Input b);  ///< the matrix product

Var operator-(Var x);
Var operator+(Var x, double c);
Var operator+(double c, Var x);
Var operator-(Var x, double c);
Var operator-(double c, Var x);  ///< two nodes: scale by −1, shift by c
Var operator*(Var x, double c);
Var operator*(double c, Var x);
Var operator/(Var x, double c);
Var operator/(double c, Var x);  ///< two nodes: pow(x, −1), scale by c

}  // namespace evenkeel
