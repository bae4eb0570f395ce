#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

static Var scale(std::initializer_list<Input> inputs, Shape x, Index channels) {
  return record<Normalize>(inputs, [&](Normalize& op) {
    op.set_given("scale_shift", x, channels);
    op.mean.zeros(channels, 1);
    op.rstd.ones(channels, 1);
  });
}

Var scale_shift(Input x, Input gamma, Input beta) {
  return scale({x, gamma, beta}, x.shape(), gamma.rows());
}

Var scale_channels(Input x, Input gamma) {
  return scale({x, gamma}, x.shape(), gamma.rows());
}

Var scale_shift(Var x, const Affine& affine) {
  if (affine.beta) return scale_shift(x, *affine.gamma, *affine.beta);
  return affine.gamma ? scale_channels(x, *affine.gamma) : x;
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
