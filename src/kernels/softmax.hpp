#pragma once
// Softmax of each column, and what is made of it, one column at a time.

#include <vector>

#include "evenkeel/core/types.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

/// to[i] = exp(from[i] − shift) for n entries; returns their sum. The heart of every softmax.
inline Scalar exp_and_sum(const Scalar* from, Scalar shift, Scalar* to, Index n) {
  simd::for_each_pack(n, [=](auto k) { k.store(to, xsimd::exp(k.load(from) - shift)); });
  return simd::sum(n, [=](auto k) { return k.load(to); });
}

void softmax(const Matrix& x, Matrix& y);
void softmax_backward(const Matrix& y, const Matrix& dy, Matrix& dx);
void log_softmax(const Matrix& x, Matrix& y);
void log_softmax_backward(const Matrix& y, const Matrix& dy, Matrix& dx);
/// p = softmax(x); loss (1×1) is the mean of sample_loss (1 × samples), −log p(target).
void cross_entropy(const Matrix& x, const std::vector<Index>& targets, Matrix& p,
                   Matrix& sample_loss, Matrix& loss);

}  // namespace evenkeel::kernels
