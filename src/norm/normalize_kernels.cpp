#include "normalize_kernels.hpp"

#include <cmath>

#include "fused_kernels.hpp"

namespace evenkeel::fast {

namespace {

bool one_row_high(Tile tile) {
  return tile.rows == 1 && tile.cols > 1;
}

// --- tiles taller than one row, and single columns ----------------------------------------------

void forward_tiles(const Matrix& x, Normalize& op, Shape grid, Matrix& xhat) {
  const Scalar* in = x.memptr();
  Scalar* out = xhat.memptr();
  const Scalar n = static_cast<Scalar>(op.tile.size());
  const Scalar eps = static_cast<Scalar>(op.eps);
  const bool center = op.centering == Centering::subtract_mean;
  parallel_tiles(grid, op.tile, [&](TileSpan tile, Index t) {
    const Scalar pivot = center ? in[tile.first] : 0;
    const Scalar mean =
        center ? pivot + sum_entries(tile, [&](Index k) { return in[k] - pivot; }) / n : 0;
    const Scalar variance = sum_entries(tile,
                                        [&](Index k) {
                                          const Scalar deviation = in[k] - mean;
                                          return deviation * deviation;
                                        }) /
                            n;
    const Scalar rstd = 1 / std::sqrt(variance + eps);
    for_each_entry(tile, [&](Index k) { out[k] = (in[k] - mean) * rstd; });
    op.mean[t] = mean;
    op.variance[t] = variance;
    op.rstd[t] = rstd;
  });
}

void backward_tiles(const Matrix& xhat, const Matrix& dxhat, const Normalize& op, Shape grid,
                    Matrix& dx) {
  const Scalar* hat = xhat.memptr();
  const Scalar* dhat = dxhat.memptr();
  Scalar* out = dx.memptr();
  const Scalar n = static_cast<Scalar>(op.tile.size());
  const bool center = op.centering == Centering::subtract_mean;
  parallel_tiles(grid, op.tile, [&](TileSpan tile, Index t) {
    const Scalar mean_dxhat = center ? sum_entries(tile, [&](Index k) { return dhat[k]; }) / n : 0;
    const Scalar mean_dxhat_xhat = sum_entries(tile, [&](Index k) { return dhat[k] * hat[k]; }) / n;
    const Scalar rstd = op.rstd[t];
    for_each_entry(
        tile, [&](Index k) { out[k] = rstd * (dhat[k] - mean_dxhat - hat[k] * mean_dxhat_xhat); });
  });
}

// --- tiles one row high -------------------------------------------------------------------------

void forward_rows(const Matrix& x, Normalize& op, Shape grid, Matrix& xhat) {
  const Scalar* in = x.memptr();
  Scalar* out = xhat.memptr();
  const Scalar n = static_cast<Scalar>(op.tile.cols);
  const Scalar eps = static_cast<Scalar>(op.eps);
  const bool center = op.centering == Centering::subtract_mean;
  parallel_rows(grid, op.tile, [&](TileSpan rows, Index t) {
    RowNumbers mean{};
    RowNumbers rstd{};
    if (center) {
      const Scalar* pivot = in + rows.first;
      mean = sum_rows(rows, [&](Index k, Index row) { return in[k] - pivot[row]; });
      for (Index row = 0; row < rows.rows; ++row) mean[row] = pivot[row] + mean[row] / n;
    }
    const RowNumbers square = sum_rows(rows, [&](Index k, Index row) {
      const Scalar deviation = in[k] - mean[row];
      return deviation * deviation;
    });
    for (Index row = 0; row < rows.rows; ++row) {
      const Scalar variance = square[row] / n;
      rstd[row] = 1 / std::sqrt(variance + eps);
      op.mean[t + row] = mean[row];
      op.variance[t + row] = variance;
      op.rstd[t + row] = rstd[row];
    }
    for_each_in_rows(rows, [&](Index k, Index row) { out[k] = (in[k] - mean[row]) * rstd[row]; });
  });
}

void backward_rows(const Matrix& xhat, const Matrix& dxhat, const Normalize& op, Shape grid,
                   Matrix& dx) {
  const Scalar* hat = xhat.memptr();
  const Scalar* dhat = dxhat.memptr();
  Scalar* out = dx.memptr();
  const Scalar n = static_cast<Scalar>(op.tile.cols);
  const bool center = op.centering == Centering::subtract_mean;
  parallel_rows(grid, op.tile, [&](TileSpan rows, Index t) {
    RowNumbers mean_dxhat{};
    if (center) mean_dxhat = sum_rows(rows, [&](Index k, Index) { return dhat[k]; });
    RowNumbers mean_dxhat_xhat = sum_rows(rows, [&](Index k, Index) { return dhat[k] * hat[k]; });
    for (Index row = 0; row < rows.rows; ++row) {
      mean_dxhat[row] /= n;
      mean_dxhat_xhat[row] /= n;
    }
    const Scalar* rstd = op.rstd.memptr() + t;
    for_each_in_rows(rows, [&](Index k, Index row) {
      out[k] = rstd[row] * (dhat[k] - mean_dxhat[row] - hat[k] * mean_dxhat_xhat[row]);
    });
  });
}

}  // namespace

void normalize_forward(const Matrix& x, Normalize& op, Shape grid, Matrix& xhat) {
  const fused::Norm norm{x, op, grid.rows};
  if (fused::fits(norm)) return fused::forward(norm, xhat);
  xhat.set_size(x.n_rows, x.n_cols);
  op.mean.set_size(grid.rows, grid.cols);
  op.variance.set_size(grid.rows, grid.cols);
  op.rstd.set_size(grid.rows, grid.cols);
  if (one_row_high(op.tile)) return forward_rows(x, op, grid, xhat);
  forward_tiles(x, op, grid, xhat);
}

void normalize_backward(const Matrix& x, const Matrix& xhat, const Matrix& dxhat, Normalize& op,
                        Matrix& dx) {
  const Shape grid = shape_of(op.rstd);
  const fused::Norm norm{x, op, grid.rows};
  if (fused::fits(norm)) return fused::backward(norm, dxhat, {&dx});
  dx.set_size(xhat.n_rows, xhat.n_cols);
  if (one_row_high(op.tile)) return backward_rows(xhat, dxhat, op, grid, dx);
  backward_tiles(xhat, dxhat, op, grid, dx);
}

}  // namespace evenkeel::fast
