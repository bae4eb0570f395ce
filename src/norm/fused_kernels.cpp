#include "fused_kernels.hpp"

namespace evenkeel::fused {

namespace {

bool within_a_column(const Norm& norm) {
  return norm.stats.tile.cols == 1 && norm.x.n_cols >= 1 &&
         norm.stats.tile.rows % norm.positions() == 0;
}

bool over_the_batch(const Norm& norm) {
  return norm.stats.tile.cols == norm.x.n_cols && norm.stats.tile.rows == norm.positions() &&
         norm.centered();
}

}  // namespace

bool fits(const Norm& norm) {
  if (norm.num_channels == 0 || norm.x.n_rows % norm.num_channels != 0) return false;
  return within_a_column(norm) || over_the_batch(norm);
}

void forward(const Norm& norm, Matrix& y) {
  const Tile tile = norm.stats.tile;
  const Index down = norm.x.n_rows / tile.rows;
  const Index across = norm.x.n_cols / tile.cols;
  norm.stats.mean.set_size(down, across);
  norm.stats.variance.set_size(down, across);
  norm.stats.rstd.set_size(down, across);
  y.set_size(norm.x.n_rows, norm.x.n_cols);
  if (within_a_column(norm)) return forward_columns(norm, y);
  if (norm.positions() == 1) return forward_features(norm, y);
  forward_images(norm, y);
}

void backward(const Norm& norm, const Matrix& dy, Gradients gradients) {
  if (gradients.dx) gradients.dx->set_size(norm.x.n_rows, norm.x.n_cols);
  if (within_a_column(norm)) return backward_columns(norm, dy, gradients);
  if (norm.positions() == 1) return backward_features(norm, dy, gradients);
  backward_images(norm, dy, gradients);
}

void add_parts(const Matrix& parts, Index num_channels, Gradients gradients) {
  const auto add = [&](Matrix& total, Index first_row) {
    total.zeros(num_channels, 1);
    for (Index block = 0; block < parts.n_cols; ++block) {
      const Scalar* part = parts.colptr(block) + first_row;
      for (Index channel = 0; channel < num_channels; ++channel) total[channel] += part[channel];
    }
  };
  if (gradients.dgamma) add(*gradients.dgamma, 0);
  if (gradients.dbeta) add(*gradients.dbeta, num_channels);
}

}  // namespace evenkeel::fused
