#include "evenkeel/norm/normalize.hpp"

#include <fmt/format.h>

#include "evenkeel/core/kernels.hpp"
#include "evenkeel/core/tape.hpp"
#include "normalize_kernels.hpp"

namespace evenkeel {

// --- Normalize: the formula; the same numbers, fast, in normalize_kernels.cpp -------------------

void Normalize::forward(const Matrix& x, Matrix& xhat) {
  const Shape grid = tile_grid(name(), shape_of(x), tile);
  if (fast_kernels()) {
    return fast::normalize_forward(x, *this, grid, xhat);
  }
  mean = tile_mean(x, tile);
  if (centering == Centering::keep_mean) mean.zeros();
  const Matrix deviation = x - spread(mean, tile);
  variance = tile_mean(arma::square(deviation), tile);
  rstd = 1 / arma::sqrt(variance + static_cast<Scalar>(eps));
  xhat = deviation % spread(rstd, tile);
}

void Normalize::backward(const Matrix& x, const Matrix& xhat, const Matrix& dxhat, Matrix& dx) {
  if (fast_kernels()) {
    return fast::normalize_backward(x, xhat, dxhat, *this, dx);
  }
  const Matrix mean_dxhat = tile_mean(dxhat, tile);
  const Matrix mean_dxhat_xhat = tile_mean(dxhat % xhat, tile);
  dx = dxhat;                                                                 // term 1: x itself
  if (centering == Centering::subtract_mean) dx -= spread(mean_dxhat, tile);  // term 2: its mean
  dx -= xhat % spread(mean_dxhat_xhat, tile);  // term 3: its variance
  dx %= spread(rstd, tile);
}

Var normalize(Var x, Tile tile, Centering centering, double eps) {
  if (!(eps >= 0)) fail("normalize", fmt::format("eps must be at least 0, got {}", eps));
  return record<Normalize>({x}, [&](Normalize& op) {
    op.norm = "normalize";
    op.tile = tile;
    op.centering = centering;
    op.eps = eps;
  });
}

// --- Standardize ---------------------------------------------------------------------------------

void Standardize::forward(const Matrix& x, Matrix& xhat) {
  fast::per_channel(x, mean.n_rows, xhat, [&](Index channel, Scalar value) {
    return (value - mean[channel]) * rstd[channel];
  });
}

void Standardize::backward(const Matrix&, const Matrix&, const Matrix& dxhat, Matrix& dx) {
  fast::per_channel(dxhat, mean.n_rows, dx,
                    [&](Index channel, Scalar value) { return value * rstd[channel]; });
}

Var standardize(Var x, const Matrix& running_mean, const Matrix& running_var, double eps,
                std::string_view norm) {
  if (!(eps >= 0)) fail(norm, fmt::format("eps must be at least 0, got {}", eps));
  const Index channels = running_mean.n_rows;
  if (channels == 0 || x.rows() % channels != 0) {
    fail(norm, fmt::format("{} rows of x ({}) cannot be cut into the {} channels of the running "
                           "statistics",
                           x.rows(), to_string(x.shape()), channels));
  }
  require_shape(norm, "running_mean", running_mean, {channels, 1}, "with a value for each channel");
  require_shape(norm, "running_var", running_var, {channels, 1}, "to match running_mean");
  return record<Standardize>({x}, [&](Standardize& op) {
    op.norm = norm;
    op.mean = running_mean;
    op.rstd = 1 / arma::sqrt(running_var + static_cast<Scalar>(eps));
  });
}

}  // namespace evenkeel
