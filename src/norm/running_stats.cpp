#include "evenkeel/norm/running_stats.hpp"

#include "base/fail.hpp"

namespace evenkeel {

RunningStats::RunningStats(Index num_channels, std::optional<double> new_weight)
    : mean(num_channels, 1, arma::fill::zeros),
      variance(num_channels, 1, arma::fill::ones),
      batches(1, 1, arma::fill::zeros),
      momentum(new_weight) {
  if (momentum && !(*momentum >= 0 && *momentum <= 1)) {
    fail("running_stats", "momentum must be in [0, 1], got {}", *momentum);
  }
}

Scalar RunningStats::count_batch() {
  batches[0] += 1;
  return momentum ? static_cast<Scalar>(*momentum) : 1 / batches[0];
}

void RunningStats::update(const Matrix& batch_mean, const Matrix& batch_variance, Index n) {
  if (n < 2) fail("running_stats", "one value has no unbiased variance: n must be at least 2");
  const Scalar weight = count_batch();
  const Scalar unbiased = static_cast<Scalar>(n) / static_cast<Scalar>(n - 1);
  const Scalar groups = static_cast<Scalar>(batch_mean.n_cols);
  for (Index channel = 0; channel < mean.n_rows; ++channel) {
    Scalar mean_of_groups = 0;
    Scalar variance_of_groups = 0;
    for (Index group = 0; group < batch_mean.n_cols; ++group) {
      mean_of_groups += batch_mean(channel, group) / groups;
      variance_of_groups += batch_variance(channel, group) * unbiased / groups;
    }
    mean[channel] += weight * (mean_of_groups - mean[channel]);
    variance[channel] += weight * (variance_of_groups - variance[channel]);
  }
}

void RunningStats::members(Members& m) {
  m.buffer("running_mean", mean);
  m.buffer("running_var", variance);
  m.buffer("num_batches_tracked", batches, {TensorForm::count});
}

void require_several_values(std::string_view norm, Shape x, Tile tile) {
  if (tile.size() == 0) fail(norm, "x ({}) has no entries to take statistics of", to_string(x));
  if (tile.size() < 2) {
    fail(norm,
         "each channel of x ({}) has one value to take statistics of, and its "
         "normalized value would always be 0: it needs at least 2 "
         "(positions or samples)",
         to_string(x));
  }
}

Var normalize_and_track(std::string_view norm, Var x, Tile tile, double eps, Affine affine,
                        Index num_channels, RunningStats* running) {
  require_several_values(norm, x.shape(), tile);
  if (running) {
    require_shape(norm, "the running mean", running->mean, {num_channels, 1}, "for the channels");
  }
  const Normalize* measured = nullptr;
  const Var y = record<Normalize>(norm_inputs(norm, x, affine, num_channels), [&](Normalize& op) {
    op.set(norm, tile, eps);
    measured = &op;
  });
  if (running) running->update(measured->mean, measured->variance, tile.size());
  return y;
}

Var TrackedNorm::operator()(Var x) {
  const Affine affine = affine_.inputs();
  if (!training() && running_) {
    return standardize(x, running_->mean, running_->variance, eps_, norm_, affine);
  }
  const bool update = training() && update_statistics_ && running_;
  return by_batch(x, affine, eps_, update ? &*running_ : nullptr);
}

void TrackedNorm::members(Members& m) {
  affine_.members(m);
  if (running_) running_->members(m);
}

}  // namespace evenkeel
