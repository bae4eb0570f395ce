#include "evenkeel/norm/scale_shift.hpp"

#include "evenkeel/kernels/kernels.hpp"
#include "kernels/norm.hpp"

namespace evenkeel {

void ScaleShift::forward(const Matrix& x, const Matrix* gamma, const Matrix* beta, Matrix& y) {
  const Tile channel = channel_tile(x, gamma, beta);
  if (fast_kernels()) {
    return kernels::norm_batch_forward({x, gamma->n_rows, gamma, beta, nullptr, nullptr, parts_},
                                       y);
  }
  y = broadcast(*gamma, channel) % x;
  if (beta) y += broadcast(*beta, channel);
}

void ScaleShift::backward(const Matrix& x, const Matrix* gamma, const Matrix* beta, const Matrix&,
                          const Matrix& dy, Matrix* dx, Matrix* dgamma, Matrix* dbeta) {
  if (fast_kernels()) {
    const kernels::Norm fast{x, gamma->n_rows, gamma, beta, nullptr, nullptr, parts_};
    return kernels::norm_batch_backward(fast, dy, {dx, dgamma, dbeta});
  }
  const Tile channel = channel_tile(x, gamma, beta);
  if (dx) *dx = broadcast(*gamma, channel) % dy;
  if (dgamma) *dgamma = tile_sum(dy % x, channel);
  if (dbeta) *dbeta = tile_sum(dy, channel);
}

Var scale_shift(Input x, Input gamma, Input beta) {
  return record<ScaleShift>({x, gamma, beta});
}

Var scale_channels(Input x, Input gamma) {
  return record<ScaleShift>({x, gamma});
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
