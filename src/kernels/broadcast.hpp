#pragma once
// Element by element with broadcasting: in each direction two shapes agree, or one of them is 1 and
// is repeated. The gradient of what was repeated is the sum over its copies.

#include "kernels/map.hpp"

namespace evenkeel::kernels {

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

// Backward of y = a + b, a − b, a ⊙ b and a / b; da and db may be null. `term` is the scratch
// buffer for what is summed afterwards.
void add_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db);
void subtract_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db);
void multiply_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db,
                       Matrix& term);
void divide_backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy,
                     Matrix* da, Matrix* db, Matrix& term);

/// y(c, p) = x(c, p) + b(c), and db(c) = Σ_p,samples dy(c, p)
void channel_bias(const Matrix& x, const Matrix& b, Matrix& y);
void channel_bias_backward(const Matrix& dy, Index channels, Matrix& db);

}  // namespace evenkeel::kernels
