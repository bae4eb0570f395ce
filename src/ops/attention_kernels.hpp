#pragma once
// The fast bodies of Attention: blocks of queries × blocks of keys, one task for each sequence and
// head. A test holds them equal to the plain bodies in attention.cpp.

#include "evenkeel/ops/attention.hpp"

namespace evenkeel::fast {

void attention_forward(Attention& op, const Matrix& q, const Matrix& k, const Matrix& v, Matrix& y);
void attention_backward(const Attention& op, const Matrix& q, const Matrix& k, const Matrix& v,
                        const Matrix& y, const Matrix& dy, Matrix& dq, Matrix& dk, Matrix& dv);

}  // namespace evenkeel::fast
