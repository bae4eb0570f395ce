#pragma once
// Activations: functions of one entry at a time; y has x's shape, and a NaN stays one.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = max(x, 0);  dx = dy where x > 0, else 0 (at 0 too)
Var relu(Var x);

/// y = x where x > 0, else slope · x;  dx = dy or slope · dy (at 0 too)
Var leaky_relu(Var x, double slope = 0.01);

/// The two forms of gelu in use; they differ by at most 5e-4.
enum class Gelu {
  exact,  ///< y = x Φ(x)
  tanh    ///< y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), as in GPT-2
};

/// exact: y = x Φ(x), with Φ the normal distribution's cumulative function and φ its density;
/// dx = (Φ(x) + x φ(x)) ⊙ dy.
/// tanh: y = x s, s = sigmoid(2u), u = √(2/π) (x + 0.044715 x³), since 1 + tanh(u) = 2 sigmoid(2u);
/// dx = s (1 + (1 − s) x 2u') ⊙ dy, u' = √(2/π) (1 + 3 · 0.044715 x²).
/// Hendrycks and Gimpel, "Gaussian error linear units", 2016.
Var gelu(Var x, Gelu form = Gelu::exact);

/// y = x s, s = sigmoid(x);  dx = s (1 + x (1 − s)) ⊙ dy. Also called swish.
Var silu(Var x);

/// y = tanh(x);  dx = (1 − y²) ⊙ dy
Var tanh(Var x);

/// y = 1 / (1 + exp(−x));  dx = y (1 − y) ⊙ dy. Never overflows.
Var sigmoid(Var x);

}  // namespace evenkeel
