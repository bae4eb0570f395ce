#pragma once
// What a function does not notice. LayerNorm does not notice a shift or a scaling of its input,
// RMSNorm notices the shift, BatchNorm in training notices the other samples:
//
//   shift_invariance([&](Var x) { return norm(x); }, x)      // 0 up to rounding for LayerNorm
//
// Each function returns the largest |change| of any entry of f's value: 0 means "not noticed", and
// rounding gives a few machine_epsilon times the largest |f(x)|. (eps under the root of a norm
// makes scaling noticed a little: by about eps/2σ² of the value.)

#include <functional>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

using Unary = std::function<Var(Var x)>;

/// max |f(x + shift) − f(x)|; every entry is shifted alike.
double shift_invariance(const Unary& f, const Matrix& x, double shift = 3);

/// max |f(factor·x) − f(x)|
double scale_invariance(const Unary& f, const Matrix& x, double factor = 3);

/// The largest change of a sample's column in f(x) when all other samples are doubled and shifted
/// by 1: 0 when samples do not see each other. f(x) must have x's number of columns.
double sample_independence(const Unary& f, const Matrix& x);

/// ∂f(x)/∂x as f's backward has it: a row for each entry of f(x), a column for each of x, both in
/// memory's order (column by column). A backward pass for each row; each has a tape of its own.
Matrix jacobian(const Unary& f, const Matrix& x);

}  // namespace evenkeel
