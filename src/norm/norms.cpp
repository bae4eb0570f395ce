// The norms as functions, each a tile and a name (but pRMSNorm, made of ops), and their layers.

#include <cmath>

#include "base/fail.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"

namespace evenkeel {

// What normalized() does, written out: LayerNorm and RMSNorm show how a norm is recorded.
Var layer_norm(Var x, Affine affine, double eps) {
  return record<Normalize>(norm_inputs("layer_norm", x, affine, x.rows()), [&](Normalize& op) {
    op.set("layer_norm", layer_tile(x.shape()), eps);
  });
}

Var rms_norm(Var x, Affine affine, double eps) {
  return record<Normalize>(norm_inputs("rms_norm", x, affine, x.rows()), [&](Normalize& op) {
    op.set("rms_norm", layer_tile(x.shape()), eps, Centering::keep_mean);
  });
}

Var partial_rms_norm(Var x, Index num_rows, Affine affine, double eps) {
  const Var mean_square = mean(square(slice_rows(x, 0, num_rows)), Over::rows);
  return scale_shift(x / sqrt(mean_square + eps), affine);
}

RmsNorm::RmsNorm(Index num_features, RmsNormOptions options)
    : affine_(num_features, options.affine, options.bias), options_(options) {
  require(options.part > 0 && options.part <= 1, "rms_norm",
          "part must be above 0 and at most 1, got {}", options.part);
  if (options.gain_from_one) affine_.gamma.value.zeros();
}

Var RmsNorm::operator()(Var x) {
  Affine affine = affine_.inputs();
  if (options_.gain_from_one) affine.gamma = x.tape().parameter(affine_.gamma) + 1;
  if (options_.part == 1) return rms_norm(x, affine, options_.eps);
  const double rows = std::ceil(options_.part * static_cast<double>(x.rows()));
  return partial_rms_norm(x, static_cast<Index>(rows), affine, options_.eps);
}

static void require_groups(Index num_groups, Index num_channels) {
  if (num_groups > 0 && num_channels % num_groups == 0) return;
  fail("group_norm", "{} channels cannot be cut into {} groups", num_channels, num_groups);
}

Var group_norm(Var x, Index num_groups, Index num_channels, Affine affine, double eps,
               Index sequence_length) {
  require_groups(num_groups, num_channels);
  const Tile tile = group_tile(x.shape(), num_groups, sequence_length);
  return normalized("group_norm", x, tile, eps, affine, num_channels);
}

GroupNorm::GroupNorm(Index num_groups, Index num_channels, GroupNormOptions options)
    : affine_(num_channels, options.affine, options.bias),
      num_groups_(num_groups),
      num_channels_(num_channels),
      options_(options) {
  require_groups(num_groups, num_channels);
}

Var GroupNorm::operator()(Var x) {
  const Tile tile = group_tile(x.shape(), num_groups_, options_.sequence_length, options_.name);
  return normalized(options_.name, x, tile, options_.eps, affine_.inputs(), num_channels_,
                    options_.centering);
}

Var instance_norm(Var x, Index num_channels, Affine affine, double eps, Index sequence_length,
                  RunningStats* running) {
  const Tile tile = instance_tile(x.shape(), num_channels, sequence_length);
  return normalize_and_track("instance_norm", x, tile, eps, affine, num_channels, running);
}

Var batch_norm(Var x, Index num_channels, Affine affine, double eps, RunningStats* running) {
  const Tile tile = batch_tile(x.shape(), num_channels);
  return normalize_and_track("batch_norm", x, tile, eps, affine, num_channels, running);
}

Var batch_norm_eval(Var x, const RunningStats& running, Affine affine, double eps) {
  return standardize(x, running.mean, running.variance, eps, "batch_norm", affine);
}

}  // namespace evenkeel
