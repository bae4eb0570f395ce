#pragma once
// Attention by blocks of queries × blocks of keys. The formula stands in ops/attention.cpp.

#include <cstdint>
#include <span>

#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

struct AttentionShape {
  Index heads, length;
  bool causal;
  const Matrix& key_mask;
  double dropout;
  std::uint64_t seed;
};

/// x: q, k and v, features × tokens each, or all three in one matrix. y: features × tokens, of its
/// size. Of each query's scores, `largest` is the largest and `sum`
/// that of exp(s − largest): T × (heads · sequences), of their size.
void attention_forward(const AttentionShape& shape, std::span<const Matrix* const> x, Matrix& y,
                       Matrix& largest, Matrix& sum);
/// Adds to dx, which the caller has set to 0.
void attention_backward(const AttentionShape& shape, std::span<const Matrix* const> x,
                        const Matrix& y, const Matrix& dy, const Matrix& largest, const Matrix& sum,
                        std::span<Matrix* const> dx);

}  // namespace evenkeel::kernels
