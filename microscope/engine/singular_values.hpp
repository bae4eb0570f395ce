#pragma once
// Singular values without LAPACK: one-sided Jacobi (Hestenes 1958; Demmel & Veselić 1992, "Jacobi's
// method is more accurate than QR": small ones keep their digits).

#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel::microscope {

/// From the largest to the smallest; all NaN when an entry of a is not finite.
std::vector<double> singular_values(Matrix a);

/// How many lie above n·ε times the largest of n, which is where rounding begins.
Index rank_of(const std::vector<double>& singular_values);

}  // namespace evenkeel::microscope
