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

Var operator+(Input a, Input b);  ///< y = a + b;  da = dy, db = dy
Var operator-(Input a, Input b);  ///< y = a − b;  da = dy, db = −dy
Var operator%(Input a, Input b);  ///< y = a ⊙ b;  da = dy ⊙ b, db = dy ⊙ a
/// y = a / b;  da = dy / b, db = −dy ⊙ y / b. Dividing by 0 gives ±Inf or NaN, as in IEEE 754.
Var operator/(Input a, Input b);
Var operator*(Input a, Input b);  ///< matmul(a, b)

Var operator*(Var x, double c);  ///< "scale": y = c · x;  dx = c · dy
Var operator+(Var x, double c);  ///< "shift": y = x + c;  dx = dy
Var operator/(double c, Var x);  ///< two nodes: pow(x, −1), then scaled by c

/// A bias for each channel: y(c, p) = x(c, p) + b(c);  dx = dy, db(c) = Σ_p,samples dy(c, p).
/// Throws unless b is channels × 1 with channels dividing the rows of x.
Var channel_bias(Input x, Input b);

// clang-format off
inline Var operator*(double c, Var x) { return x * c; }
inline Var operator/(Var x, double c) { return x * (1 / c); }
inline Var operator-(Var x)           { return x * -1; }
inline Var operator+(double c, Var x) { return x + c; }
inline Var operator-(Var x, double c) { return x + -c; }
inline Var operator-(double c, Var x) { return -x + c; }  ///< two nodes
// clang-format on

}  // namespace evenkeel
