#pragma once
// Rotation of neighbouring pairs of rows; the formula stands in transformer/rotary.cpp.

#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

/// The first `rows` rows of y are those of x, each pair rotated by its angle (direction −1: back);
/// the others are x. cosine, sine: pairs of a head × positions.
void rotate(const Matrix& x, const Matrix& cosine, const Matrix& sine, Index rows, Scalar direction,
            Matrix& y);

}  // namespace evenkeel::kernels
