#include "attention/kernels/attention.hpp"

#include "kernels/map.hpp"

namespace evenkeel::kernels {

void rotate(const Matrix& x, const Matrix& cosine, const Matrix& sine, Index rows, Scalar direction,
            Matrix& y) {
  set_shape(y, shape_of(x));
  const Index pairs = cosine.n_rows;
  parallel_each(x.n_cols, 4 * x.n_rows, [&](Index column) {
    const Scalar* from = x.colptr(column);
    Scalar* to = y.colptr(column);
    const Scalar* c = cosine.colptr(column % cosine.n_cols);
    const Scalar* s = sine.colptr(column % cosine.n_cols);
    for (Index row = 0; row < rows; row += 2 * pairs) {
      for (Index i = 0; i < pairs; ++i) {
        const Scalar a = from[row + 2 * i], b = from[row + 2 * i + 1];
        to[row + 2 * i] = c[i] * a - direction * s[i] * b;
        to[row + 2 * i + 1] = direction * s[i] * a + c[i] * b;
      }
    }
    std::copy(from + rows, from + x.n_rows, to + rows);
  });
}

}  // namespace evenkeel::kernels
