#include "evenkeel/norm/pointwise_norm.hpp"

#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"

namespace evenkeel {

static Parameter scalar(double value, std::string name) {
  return Parameter(Matrix(1, 1, arma::fill::value(static_cast<Scalar>(value))), std::move(name));
}

DyT::DyT(Index num_channels, double alpha)
    : alpha_(scalar(alpha, "alpha")), affine_(num_channels, true, true) {}

Var DyT::operator()(Var x) {
  return scale_shift(tanh(alpha_ % x), affine_.inputs());
}

void DyT::members(Members& m) {
  m.parameter("alpha", alpha_);
  affine_.members(m);
}

Derf::Derf(Index num_channels, double alpha)
    : alpha_(scalar(alpha, "alpha")),
      shift_(scalar(0, "shift")),
      affine_(num_channels, true, true) {}

Var Derf::operator()(Var x) {
  return scale_shift(erf(alpha_ % x + shift_), affine_.inputs());
}

void Derf::members(Members& m) {
  m.parameter("alpha", alpha_);
  m.parameter("shift", shift_);
  affine_.members(m);
}

}  // namespace evenkeel
