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

Var add(Input a, Input b);       ///< y = a + b;  da = dy, db = dy
Var subtract(Input a, Input b);  ///< y = a − b;  da = dy, db = −dy
Var multiply(Input a, Input b);  ///< y = a ⊙ b;  da = dy ⊙ b, db = dy ⊙ a
/// y = a / b;  da = dy / b, db = −dy ⊙ y / b. Dividing by 0 gives ±Inf or NaN, as in IEEE 754.
Var divide(Input a, Input b);
Var scale(Var x, double factor);  ///< y = factor · x;  dx = factor · dy
Var shift(Var x, double offset);  ///< y = x + offset;  dx = dy

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
