#pragma once
// Singular values without LAPACK: one-sided Jacobi (Hestenes 1958; Demmel & Veselić 1992, "Jacobi's
// method is more accurate than QR": small ones keep their digits).

#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel::microscope {

/// From the largest to the smallest; all NaN when an entry of a is not finite.
std::vector<double> singular_values(Matrix a);

/// How many of n lie above n·ε·scale: below that is what rounding leaves of numbers of that size.
Index rank_of(const std::vector<double>& singular_values, double scale);

}  // namespace evenkeel::microscope
