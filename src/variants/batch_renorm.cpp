#include "evenkeel/variants/batch_renorm.hpp"

#include <limits>

#include "base/fail.hpp"

namespace evenkeel {

void BatchRenormalize::forward(const Matrix& x, Matrix& y) {
  const Scalar r_max = static_cast<Scalar>(limits.r_max);
  const Scalar d_max = static_cast<Scalar>(limits.d_max);
  batch.forward(x, nullptr, nullptr, y);  // y = xhat, and the mean and variance of x
  sigma_batch = arma::sqrt(batch.variance + static_cast<Scalar>(batch.eps));
  r = arma::clamp(sigma_batch / sigma, 1 / r_max, r_max);
  d = arma::clamp((batch.mean - running_mean) / sigma, -d_max, d_max);
  batch.forward(x, &r, &d, y);  // y = r ⊙ xhat + d: they stand where gamma and beta do
}

// Being constants, r and d get no gradient, and hand none on.
void BatchRenormalize::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  batch.backward(x, &r, nullptr, dy, &dx, nullptr, nullptr);
}

static void require_limits(RenormLimits limits) {
  require(limits.r_max >= 1, "batch_renorm", "r_max must be at least 1, got {}", limits.r_max);
  require(limits.d_max >= 0, "batch_renorm", "d_max must be at least 0, got {}", limits.d_max);
}

static Matrix sigma_of(const RunningStats& running, double eps) {
  return arma::sqrt(running.variance + static_cast<Scalar>(eps));
}

static void take_in(const BatchRenormalize& op, RunningStats& running) {
  const double eps = op.batch.eps;
  const Scalar weight = running.count_batch();
  const Matrix before = sigma_of(running, eps);
  const Matrix sigma = before + weight * (op.sigma_batch - before);
  running.mean += weight * (op.batch.mean - running.mean);
  running.variance = arma::square(sigma) - static_cast<Scalar>(eps);
  running.variance.clamp(0, std::numeric_limits<Scalar>::infinity());  // −1e-17, by rounding
}

Var batch_renorm(Var x, const RunningStats& running, RenormLimits limits, Affine affine, double eps,
                 RunningStats* update) {
  const std::string_view norm = "batch_renorm";
  const Index channels = running.mean.n_rows;
  norm_inputs(norm, x, affine, channels);  // throws where they do not fit
  const Tile tile = batch_tile(x.shape(), channels, norm);
  require_several_values(norm, x.shape(), tile);
  require_limits(limits);
  for (const RunningStats* stats : {&running, static_cast<const RunningStats*>(update)}) {
    if (!stats) continue;
    require_shape(norm, "the running mean", stats->mean, {channels, 1}, "for the channels");
    require_shape(norm, "the running variance", stats->variance, {channels, 1}, "for the channels");
  }
  const BatchRenormalize* measured = nullptr;
  const Var y = record<BatchRenormalize>({x}, [&](BatchRenormalize& op) {
    op.batch.set(norm, tile, eps);
    op.running_mean = running.mean;
    op.sigma = sigma_of(running, eps);
    op.limits = limits;
    measured = &op;
  });
  if (update) take_in(*measured, *update);
  return scale_shift(y, affine);
}

BatchRenorm::BatchRenorm(Index num_channels, BatchRenormOptions o)
    : TrackedNorm("batch_renorm", num_channels,
                  BatchNormOptions{o.eps, o.affine, o.bias, o.momentum}) {
  set_limits(o.limits);
}

void BatchRenorm::set_limits(RenormLimits limits) {
  require_limits(limits);
  limits_ = limits;
}

Var BatchRenorm::by_batch(Var x, Affine affine, double eps, RunningStats* update) {
  return batch_renorm(x, *running(), limits_, affine, eps, update);
}

}  // namespace evenkeel
