#pragma once
// The kernels of attention and of rotary positions. Each gives what the plain body in attention or
// transformer says, up to rounding, several entries at a time and on several threads. Sizes must
// fit.

#include <cstdint>
#include <span>

#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

// --- attention.cpp: by blocks of queries × blocks of keys ----------------------------------------

struct AttentionShape {
  Index heads, length;
  bool causal;
  const Matrix& key_mask;
  double dropout;
  std::uint64_t seed;
};
/// x: q, k and v, features × tokens each, or all three in one matrix. y: features × tokens, of its
/// size. Of each query's scores, `largest` is the largest and `sum` that of exp(s − largest):
/// T × (heads · sequences), of their size.
void attention_forward(const AttentionShape& shape, std::span<const Matrix* const> x, Matrix& y,
                       Matrix& largest, Matrix& sum);
/// Adds to dx, which the caller has set to 0.
void attention_backward(const AttentionShape& shape, std::span<const Matrix* const> x,
                        const Matrix& y, const Matrix& dy, const Matrix& largest, const Matrix& sum,
                        std::span<Matrix* const> dx);

// --- rotary.cpp: for transformer/rotary.cpp ------------------------------------------------------

/// The first `rows` rows of y are those of x, each pair rotated by its angle (direction −1: back);
/// the others are x. cosine, sine: pairs of a head × positions.
void rotate(const Matrix& x, const Matrix& cosine, const Matrix& sine, Index rows, Scalar direction,
            Matrix& y);

}  // namespace evenkeel::kernels
