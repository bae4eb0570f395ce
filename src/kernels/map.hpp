#pragma once
// Element by element: y(i) = f(x(i)). The loop is here, once, on plain pointers, and cut into
// blocks for several threads when the matrix is large.
//
//   map(x, y, [](Scalar x) { return x * x; });                               // y  = x²
//   map(x, dy, dx, [](Scalar x, Scalar dy) { return 2 * x * dy; });          // dx = 2x ⊙ dy

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel::kernels {

/// Entries in one block: 4 µs of additions or 60 µs of exponentials, worth a task either way.
inline constexpr Index map_block = Index{1} << 13;

/// Gives x this shape; what it held is lost, its memory is kept where it fits.
inline void set_shape(Matrix& x, Shape shape) {
  if (shape_of(x) != shape) x.set_size(shape.rows, shape.cols);
}

/// body(i) for each i below n, on several threads; one costs about `cost` operations.
template <class Body>
void parallel_each(Index n, Index cost, Body body) {
  parallel_blocks(n, block_for_cost(cost), [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) body(i);
  });
}

/// y(i) = f(i), for y of its size.
template <class F>
void fill(Matrix& y, F f) {
  Scalar* to = y.memptr();
  parallel_blocks(y.n_elem, map_block, [=](Index first, Index last) {
    for (Index i = first; i < last; ++i) to[i] = f(i);
  });
}

/// y(i) = f(x(i)); y may be x itself.
template <class F>
void map(const Matrix& x, Matrix& y, F f) {
  set_shape(y, shape_of(x));
  fill(y, [from = x.memptr(), f](Index i) { return f(from[i]); });
}

/// y(i) = f(a(i), b(i)) for a and b of one shape; y may be a or b itself.
template <class F>
void map(const Matrix& a, const Matrix& b, Matrix& y, F f) {
  set_shape(y, shape_of(a));
  fill(y,
       [from_a = a.memptr(), from_b = b.memptr(), f](Index i) { return f(from_a[i], from_b[i]); });
}

}  // namespace evenkeel::kernels
