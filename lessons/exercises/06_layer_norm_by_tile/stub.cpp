#include "06_layer_norm_by_tile/task.hpp"

// Mean 0 and variance 1 (up to eps) in every tile of x. As it stands it is BatchNorm: it looks at
// the rows, whatever the tile is.
Matrix normalize(const Matrix& x, TileSize tile, double eps) {
  Matrix y(x.n_rows, x.n_cols);
  for (Index row = 0; row < x.n_rows; ++row) {
    const Matrix t = x.row(row);
    const Matrix centered = t - arma::mean(arma::vectorise(t));
    const double variance = arma::mean(arma::vectorise(arma::square(centered)));
    y.row(row) = centered / std::sqrt(variance + eps);
  }
  return y;
}

TileSize layer_norm_tile(Index features, Index samples) {
  throw NotWritten();
}

// groups divides features.
TileSize group_norm_tile(Index features, Index samples, Index groups) {
  throw NotWritten();
}

// x: features × samples; gamma, beta: features × 1.
Matrix layer_norm(const Matrix& x, const Matrix& gamma, const Matrix& beta, double eps) {
  throw NotWritten();
}
