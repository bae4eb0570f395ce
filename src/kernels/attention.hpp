#pragma once
// Attention by blocks of queries × blocks of keys. The formula stands in ops/attention.cpp.

#include <cstdint>

#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

struct AttentionShape {
  Index heads, length;
  bool causal;
  const Matrix& key_mask;
  double dropout;
  std::uint64_t seed;
};

/// q, k and v (or their gradients), features × tokens each: three matrices, or parts of one.
template <class Number>
struct Three {
  Number* q;
  Number* k;
  Number* v;
  Index stride;  ///< from token to token
};

/// y: features × tokens, of its size. Of each query's scores, `largest` is the largest and `sum`
/// that of exp(s − largest): T × (heads · sequences), of their size.
void attention_forward(const AttentionShape& shape, Three<const Scalar> in, Matrix& y,
                       Matrix& largest, Matrix& sum);
/// Adds to d, which the caller has set to 0.
void attention_backward(const AttentionShape& shape, Three<const Scalar> in, const Matrix& y,
                        const Matrix& dy, const Matrix& largest, const Matrix& sum,
                        Three<Scalar> d);

}  // namespace evenkeel::kernels
