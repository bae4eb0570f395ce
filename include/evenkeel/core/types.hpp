#pragma once
// The scalar and matrix types. One column is one sample: a batch is features × samples.
//
// Scalar is double or float, fixed when the library is compiled; `pkg-config evenkeel` and
// `pkg-config evenkeel-float` pass the choice on, so that program and library agree.

#ifndef EVENKEEL_SCALAR
#error \
    "EVENKEEL_SCALAR is not set: take the flags from pkg-config evenkeel (double) or evenkeel-float"
#endif

#include <armadillo>
#include <limits>

namespace evenkeel {

using Scalar = EVENKEEL_SCALAR;
using Matrix = arma::Mat<Scalar>;  ///< column-major
using Index = arma::uword;

/// Relative spacing of Scalar near 1: 2.2e-16 for double, 1.2e-7 for float.
inline constexpr Scalar machine_epsilon = std::numeric_limits<Scalar>::epsilon();

}  // namespace evenkeel
