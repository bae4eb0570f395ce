#pragma once
// map() for formulas with exp or tanh: several entries at a time in the fast kernels, one by one in
// the plain ones. The formula is written once, as a lambda on `auto`, which is
// a pack of numbers or one (simd::Number).

#include "evenkeel/core/kernels.hpp"
#include "kernels/map.hpp"
#include "kernels/simd.hpp"

namespace evenkeel {

/// y(i) = f(x(i)); y may be x itself.
template <class F>
void map_vectors(const Matrix& x, Matrix& y, F f) {
  if (!fast_kernels()) return map(x, y, [f](Scalar number) { return f(number); });
  set_shape(y, shape_of(x));
  const Scalar* from = x.memptr();
  Scalar* to = y.memptr();
  parallel_blocks(x.n_elem, map_block, [=](Index first, Index last) {
    simd::for_each_pack(last - first,
                        [=](auto k) { k.store(to + first, f(k.load(from + first))); });
  });
}

/// y(i) = f(a(i), b(i)) for a and b of one shape; y may be a or b itself.
template <class F>
void map_vectors(const Matrix& a, const Matrix& b, Matrix& y, F f) {
  if (!fast_kernels()) {
    return map(a, b, y, [f](Scalar one, Scalar other) { return f(one, other); });
  }
  set_shape(y, shape_of(a));
  const Scalar* from_a = a.memptr();
  const Scalar* from_b = b.memptr();
  Scalar* to = y.memptr();
  parallel_blocks(a.n_elem, map_block, [=](Index first, Index last) {
    simd::for_each_pack(last - first, [=](auto k) {
      k.store(to + first, f(k.load(from_a + first), k.load(from_b + first)));
    });
  });
}

/// to[i] = exp(from[i] − shift) for n entries; returns their sum. The heart of every softmax.
inline Scalar exp_and_sum(const Scalar* from, Scalar shift, Scalar* to, Index n) {
  if (!fast_kernels()) {
    for (Index i = 0; i < n; ++i) to[i] = std::exp(from[i] - shift);
  } else {
    simd::for_each_pack(n, [=](auto k) { k.store(to, simd::exp(k.load(from) - shift)); });
  }
  return simd::sum(n, [=](auto k) { return k.load(to); });
}

}  // namespace evenkeel
