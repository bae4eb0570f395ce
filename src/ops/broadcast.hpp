#pragma once
// Broadcasting as the plain bodies do it: what is repeated is written down.

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

/// The shape that a and b broadcast to. Throws when they do not fit.
Shape broadcast_shape(std::string_view op, const Matrix& a, const Matrix& b);

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
