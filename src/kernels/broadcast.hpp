#pragma once
// Broadcasting: in each direction two shapes agree, or one of them is 1 and is repeated. So a row
// (1×n), a column (m×1) and a scalar (1×1) go with any m×n, on either side.
//
// A repeated entry goes into several entries of y; its gradient is the sum of theirs.

#include "kernels/map.hpp"

namespace evenkeel {

/// The shape that a and b broadcast to. Throws when they do not fit.
Shape broadcast_shape(std::string_view op, const Matrix& a, const Matrix& b);

/// y(i, j) = f(a(i, j), b(i, j)), with a and b repeated up to `shape`. y may be that one of a and b
/// that is not repeated.
template <class F>
void broadcast_map(const Matrix& a, const Matrix& b, Shape shape, Matrix& y, F f) {
  if (shape_of(a) == shape_of(b)) return map(a, b, y, f);
  set_shape(y, shape);
  const Index block = std::max<Index>(1, map_block / std::max<Index>(1, shape.rows));
  parallel_blocks(shape.cols, block, [&, f](Index first, Index last) {
    for (Index j = first; j < last; ++j) {
      const Scalar* from_a = a.colptr(a.n_cols == 1 ? 0 : j);
      const Scalar* from_b = b.colptr(b.n_cols == 1 ? 0 : j);
      Scalar* to = y.colptr(j);
      if (a.n_rows == b.n_rows) {
        for (Index i = 0; i < shape.rows; ++i) to[i] = f(from_a[i], from_b[i]);
      } else if (b.n_rows == 1) {
        const Scalar repeated = *from_b;
        for (Index i = 0; i < shape.rows; ++i) to[i] = f(from_a[i], repeated);
      } else {
        const Scalar repeated = *from_a;
        for (Index i = 0; i < shape.rows; ++i) to[i] = f(repeated, from_b[i]);
      }
    }
  });
}

/// out = g, summed over the directions in which something of shape `to` was repeated to g's shape.
void sum_to_shape(const Matrix& g, Shape to, Matrix& out);

/// da = f(dy, b), summed over the directions in which a was repeated; `term` is the
/// scratch buffer for f(dy, b).
template <class F>
void broadcast_gradient(const Matrix& dy, const Matrix& b, Shape a, Matrix& da, Matrix& term, F f) {
  if (a == shape_of(dy)) return broadcast_map(dy, b, a, da, f);
  broadcast_map(dy, b, shape_of(dy), term, f);
  sum_to_shape(term, a, da);
}

}  // namespace evenkeel
