#include "evenkeel/norm/scale_shift.hpp"

#include <fmt/format.h>

#include "normalize_kernels.hpp"

namespace evenkeel {

namespace {

void require_channels(std::string_view op, std::string_view name, const Matrix& x,
                      const Matrix& per_channel) {
  const Index channels = per_channel.n_rows;
  if (per_channel.n_cols == 1 && channels > 0 && x.n_rows % channels == 0) return;
  fail(op, fmt::format("{} must be channels×1 with channels dividing the rows of x ({}), got {}",
                       name, to_string(shape_of(x)), to_string(shape_of(per_channel))));
}

// Σ over positions and samples of term(k), for each channel; k is the linear index into x.
template <class Term>
void channel_sums(const Matrix& x, Index num_channels, Matrix& sums, Term term) {
  sums.set_size(num_channels, 1);
  const Tile tile{x.n_rows / num_channels, x.n_cols};
  const Shape grid{num_channels, 1};
  if (tile.rows == 1) {
    fast::parallel_rows(grid, tile, [&](fast::TileSpan rows, Index first_channel) {
      const fast::RowNumbers sum = fast::sum_rows(rows, [&](Index k, Index) { return term(k); });
      for (Index row = 0; row < rows.rows; ++row) sums[first_channel + row] = sum[row];
    });
  } else {
    fast::parallel_tiles(grid, tile, [&](fast::TileSpan channel, Index c) {
      sums[c] = fast::sum_entries(channel, term);
    });
  }
}

void scale_gradients(const Matrix& x, const Matrix& gamma, const Matrix& dy, Matrix* dx,
                     Matrix* dgamma) {
  if (dx) {
    fast::per_channel(dy, gamma.n_rows, *dx,
                      [&](Index channel, Scalar value) { return gamma[channel] * value; });
  }
  if (dgamma) {
    const Scalar* xs = x.memptr();
    const Scalar* dys = dy.memptr();
    channel_sums(x, gamma.n_rows, *dgamma, [=](Index k) { return dys[k] * xs[k]; });
  }
}

}  // namespace

// --- ScaleShift ----------------------------------------------------------------------------------

void ScaleShift::forward(const Matrix& x, const Matrix& gamma, const Matrix& beta, Matrix& y) {
  require_channels(name(), "gamma", x, gamma);
  require_shape(name(), "beta", beta, shape_of(gamma), "to match gamma");
  fast::per_channel(x, gamma.n_rows, y, [&](Index channel, Scalar value) {
    return gamma[channel] * value + beta[channel];
  });
}

void ScaleShift::backward(const Matrix& x, const Matrix& gamma, const Matrix&, const Matrix&,
                          const Matrix& dy, Matrix* dx, Matrix* dgamma, Matrix* dbeta) {
  scale_gradients(x, gamma, dy, dx, dgamma);
  if (dbeta) {
    const Scalar* dys = dy.memptr();
    channel_sums(dy, gamma.n_rows, *dbeta, [=](Index k) { return dys[k]; });
  }
}

Var scale_shift(Input x, Input gamma, Input beta) {
  return record<ScaleShift>({x, gamma, beta});
}

// --- ScaleChannels -------------------------------------------------------------------------------

void ScaleChannels::forward(const Matrix& x, const Matrix& gamma, Matrix& y) {
  require_channels(name(), "gamma", x, gamma);
  fast::per_channel(x, gamma.n_rows, y,
                    [&](Index channel, Scalar value) { return gamma[channel] * value; });
}

void ScaleChannels::backward(const Matrix& x, const Matrix& gamma, const Matrix&, const Matrix& dy,
                             Matrix* dx, Matrix* dgamma) {
  scale_gradients(x, gamma, dy, dx, dgamma);
}

Var scale_channels(Input x, Input gamma) {
  return record<ScaleChannels>({x, gamma});
}

// --- Affine --------------------------------------------------------------------------------------

Var apply_affine(std::string_view norm, Var xhat, Affine affine, Index num_channels) {
  const std::string because = fmt::format("to match x ({})", to_string(xhat.shape()));
  const Shape expected{num_channels, 1};
  if (affine.beta && !affine.gamma) fail(norm, "beta needs a gamma");
  if (affine.gamma) require_shape(norm, "gamma", affine.gamma->value(), expected, because);
  if (affine.beta) require_shape(norm, "beta", affine.beta->value(), expected, because);
  if (affine.beta) return scale_shift(xhat, *affine.gamma, *affine.beta);
  if (affine.gamma) return scale_channels(xhat, *affine.gamma);
  return xhat;
}

AffineParameters::AffineParameters(Index num_channels, bool affine, bool bias)
    : gamma(Matrix(affine ? num_channels : 0, 1, arma::fill::ones), "gamma"),
      beta(Matrix(affine && bias ? num_channels : 0, 1, arma::fill::zeros), "beta") {}

Affine AffineParameters::inputs() {
  Affine affine;
  if (!gamma.value.empty()) affine.gamma = gamma;
  if (!beta.value.empty()) affine.beta = beta;
  return affine;
}

void AffineParameters::members(Members& m) {
  if (!gamma.value.empty()) m.parameter("weight", gamma);
  if (!beta.value.empty()) m.parameter("bias", beta);
}

}  // namespace evenkeel
