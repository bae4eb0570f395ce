#pragma once
// Is a backward pass right? Every entry of the Jacobian ∂y/∂x by finite differences of the forward
// pass, held against what backward says.
//
//   const GradientReport report = gradient_check(
//       [](Tape&, std::span<const Var> in) { return in[0] % in[1]; }, {a, b});
//   BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
//
// Why the whole Jacobian, and not the gradient of sum(y): for a norm, sum(y) does not depend on x
// at all (each tile of y has mean 0), so the true gradient is zero and a backward that forgets
// terms passes. One unit upstream gradient dy per entry of y sees every term. A random dy follows,
// for a backward that is right for unit ones alone.
//
// Numeric derivatives: (8·(y(x+h) − y(x−h)) − (y(x+2h) − y(x−2h))) / 12h, whose error shrinks
// with h⁴ (Abramowitz & Stegun 1964, table 25.2). One h for each input: 2⁻¹³ (double) or 2⁻⁷
// (float) times the standard deviation of its entries (their largest magnitude where all are
// equal, 1 where all are zero), rounded to a power of two so that x ± h is exact.
//
// The relative error of one entry, a by backward and n by differences, is
//   (|a − n| − noise) / max(|a|, |n|, J/1000),
// where J is the largest |entry| of this input's Jacobian and noise = 4·ε·(max|y| + J·max|x|)/h,
// what rounding alone can do to n (a smaller difference counts as 0). Under a random dy, r,
// the terms of Jᵀr may cancel, so the error of their sum is measured against Σ|J||r|.
//
// A check whose noise is above J/10 saw too little, and does not pass: inputs with a mean of 1e4
// and a spread of 1 leave float no digits for the differences. Shift or scale them, or check in
// double.
//
// What no gradient check finds is a wrong function with its own right gradient: eps outside the
// root, n − 1 for n, the wrong axis, a biased running variance. Values from elsewhere find those
// (tests/reference), and invariances do: invariance.hpp.
//
// f must be smooth within 2h of x: move inputs of relu, abs, max away from the kink (see
// away_from). It must be deterministic: dropout needs a fixed mask, and what a forward pass updates
// must not change its next result.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// Makes y from the inputs, which are variables on the tape. Constants and parameters are welcome
/// inside. It is called often, each time on a rewound tape.
using CheckedFunction = std::function<Var(Tape& tape, std::span<const Var> inputs)>;

struct GradientCheckOptions {
  /// Largest relative error that passes. Float carries seven digits: differences over h lose two of
  /// them and the curvature of f another, which leaves about three.
  double tolerance = sizeof(Scalar) == sizeof(double) ? 1e-6 : 2e-3;
  std::uint64_t seed = 1;  ///< of the random upstream gradient
  /// Where f normalizes input 0 over tiles of this shape, the report adds two sums for each tile.
  std::optional<Shape> norm_tile = {};
};

/// The worst entry found: under a unit upstream gradient, if one of those fails.
struct GradientReport {
  double tolerance = 0;
  double relative_error = 0;
  /// "∂y(0, 2) by input 0 at (1, 2)", an entry of the Jacobian; "∂⟨random, y⟩ by …", of Jᵀr. The
  /// input is "input 0", "input 0 'x'" if f labels it, or "parameter 'gamma'".
  std::string where;
  double analytic = 0;  ///< by backward
  double numeric = 0;   ///< by differences
  double step = 0;      ///< h
  Index compared = 0;   ///< entries of the Jacobians looked at
  /// What rounding can hide: noise / J, the largest of all inputs and parameters, and whose it is.
  double hidden = 0;
  std::string hidden_in;
  /// Of a norm, for each tile under the random dy: Σdx is 0 where the mean is subtracted, and
  /// Σdx ⊙ xhat is 0 up to eps. One that is not 0 names the term that backward forgets.
  struct TileSums {
    Index row, col;  ///< of the tile's first entry
    double dx, dx_xhat;
  };
  std::vector<TileSums> tiles;

  bool saw_enough() const { return hidden <= 0.1; }
  bool passed() const { return saw_enough() && relative_error <= tolerance; }
};

/// "gradient check failed: worst relative error 0.31 (at most 1e-06) in ∂y(0, 2) by input 0 at …"
std::string to_string(const GradientReport& report);

/// Checks f's gradients with respect to its inputs and every Parameter on its tape. Throws Error
/// when f is not deterministic, makes a NaN or Inf, or a gradient has another shape than its value.
/// Parameters are as before afterwards, gradients included.
GradientReport gradient_check(const CheckedFunction& f, const std::vector<Matrix>& inputs,
                              const GradientCheckOptions& options = {});

/// x, with entries nearer to `point` than `distance` moved out to that distance: random inputs for
/// a function with a kink at `point`.
Matrix away_from(Matrix x, double point, double distance);

}  // namespace evenkeel
