#pragma once
// Functions of one entry at a time: y has x's shape. Outside their domain they give what the C++
// library gives (log 0 = −Inf, sqrt(−1) = NaN); Tape::check_finite finds the node that made it.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

Var exp(Var x);     ///< y = exp(x);  dx = y ⊙ dy
Var log(Var x);     ///< y = log(x), the natural logarithm, for x > 0;  dx = dy / x
Var sqrt(Var x);    ///< y = √x, for x ≥ 0;  dx = dy / (2 y), which is infinite at 0
Var square(Var x);  ///< y = x²;  dx = 2 x ⊙ dy
Var abs(Var x);     ///< y = |x|;  dx = sign(x) ⊙ dy, which is 0 at 0
Var erf(Var x);  ///< y = 2/√π ∫₀ˣ exp(−t²) dt, between −1 and 1;  dx = 2/√π exp(−x²) ⊙ dy

/// y = x^p for a number p;  dx = p x^(p−1) ⊙ dy. x < 0 needs a whole p, else y is NaN. p = 0 gives
/// y = 1 and dx = 0 everywhere, at 0 too.
Var pow(Var x, double p);

}  // namespace evenkeel
