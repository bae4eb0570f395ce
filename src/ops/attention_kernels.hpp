#pragma once
// The fast bodies of Attention: blocks of queries × blocks of keys, one task for each sequence and
// head. A test holds them equal to the plain bodies in attention.cpp.

#include "evenkeel/ops/attention.hpp"

namespace evenkeel::fast {

/// q, k and v (or their gradients), features × tokens each: three matrices, or parts of one.
template <class Number>
struct Three {
  Number* q;
  Number* k;
  Number* v;
  Index stride;  ///< from token to token
};

/// y: features × tokens, of its size.
void attention_forward(Attention& op, Three<const Scalar> in, Matrix& y);
/// Adds to d, which the caller has set to 0.
void attention_backward(const Attention& op, Three<const Scalar> in, const Matrix& y,
                        const Matrix& dy, Three<Scalar> d);

}  // namespace evenkeel::fast
