#include "evenkeel/variants/evo_norm.hpp"

#include "base/fail.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/variants/tile_statistics.hpp"

namespace evenkeel {

static Parameter ones(Index num_channels) {
  return Parameter(Matrix(num_channels, 1, arma::fill::ones), "v");
}

EvoNormB0::EvoNormB0(Index num_channels, double eps, double momentum)
    : affine_(num_channels, true, true),
      v_(ones(num_channels)),
      running_(num_channels, momentum),
      eps_(eps) {}

Var EvoNormB0::batch_deviation(Var x) {
  const Tile tile = batch_tile(x.shape(), running_.mean.n_rows, "evo_norm");
  if (!training()) {
    const Matrix s = arma::sqrt(running_.variance + static_cast<Scalar>(eps_));
    return x.tape().constant(broadcast(s, tile));
  }
  const Matrix mean = tile_mean(x.value(), tile);
  const Matrix deviation = x.value() - broadcast(mean, tile);
  running_.update(mean, tile_mean(Matrix(arma::square(deviation)), tile), tile.size());
  return tile_deviation(x, tile, Centering::subtract_mean, eps_);
}

Var EvoNormB0::operator()(Var x) {
  const Var s_batch = batch_deviation(x);
  const Tile instance = instance_tile(x.shape(), v_.value.n_rows, 1, "evo_norm");
  const Var s_instance = tile_deviation(x, instance, Centering::subtract_mean, eps_);
  const Var above = relu(scale_channels(x, v_) + s_instance - s_batch);
  return scale_shift(x / (s_batch + above), affine_.inputs());  // max(a, b) = a + relu(b − a)
}

void EvoNormB0::members(Members& m) {
  affine_.members(m);
  m.parameter("v", v_);
  running_.members(m);
}

EvoNormS0::EvoNormS0(Index num_groups, Index num_channels, double eps)
    : affine_(num_channels, true, true),
      v_(ones(num_channels)),
      num_groups_(num_groups),
      eps_(eps) {
  require(num_groups > 0 && num_channels % num_groups == 0, "evo_norm",
          "{} channels cannot be cut into {} groups", num_channels, num_groups);
}

Var EvoNormS0::operator()(Var x) {
  const Tile group = group_tile(x.shape(), num_groups_, 1, "evo_norm");
  const Var s_group = tile_deviation(x, group, Centering::subtract_mean, eps_);
  return scale_shift(x % sigmoid(scale_channels(x, v_)) / s_group, affine_.inputs());
}

void EvoNormS0::members(Members& m) {
  affine_.members(m);
  m.parameter("v", v_);
}

}  // namespace evenkeel
