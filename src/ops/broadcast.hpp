#pragma once
// Broadcasting as the plain bodies do it: what is repeated is written down.

#include "base/fail.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel {

/// The shape that a and b broadcast to. Throws when they do not fit.
inline Shape broadcast_shape(std::string_view op, const Matrix& a, const Matrix& b) {
  const bool rows_fit = a.n_rows == b.n_rows || a.n_rows == 1 || b.n_rows == 1;
  const bool cols_fit = a.n_cols == b.n_cols || a.n_cols == 1 || b.n_cols == 1;
  if (!rows_fit || !cols_fit) {
    fail(op,
         "a ({}) and b ({}) do not fit: rows and columns must each agree, or be 1 "
         "in one of them",
         to_string(shape_of(a)), to_string(shape_of(b)));
  }
  return {a.n_rows == 1 ? b.n_rows : a.n_rows, a.n_cols == 1 ? b.n_cols : a.n_cols};
}

/// x, with its one row or its one column repeated up to this shape.
inline Matrix repeated(const Matrix& x, Shape to) {
  return arma::repmat(x, x.n_rows == to.rows ? 1 : to.rows, x.n_cols == to.cols ? 1 : to.cols);
}

/// The reverse, for gradients: x added up over its rows or columns, or both, to this shape. In
/// double, since a million terms would cost float its digits.
inline Matrix summed(const Matrix& x, Shape to) {
  arma::mat sum = arma::conv_to<arma::mat>::from(x);
  if (to.rows != x.n_rows) sum = arma::sum(sum, 0);
  if (to.cols != x.n_cols) sum = arma::sum(sum, 1);
  return arma::conv_to<Matrix>::from(sum);
}

}  // namespace evenkeel
