// The norms as functions: each is a tile and a name. Below them what other norms are put together
// from, and norms by their names.

#include <cmath>
#include <numeric>

#include "base/fail.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/image_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/residual_scale.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/norm/tile_statistics.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"

namespace evenkeel {

// normalized() without its call, so that LayerNorm and RMSNorm show here how a norm is recorded.
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
  const auto& [eps, affine, bias, sequence_length, centering, name] = options_;
  const Tile tile = group_tile(x.shape(), num_groups_, sequence_length, name);
  return normalized(name, x, tile, eps, affine_.inputs(), num_channels_, centering);
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

// --- gamma and beta ------------------------------------------------------------------------------

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

// --- statistics on the tape ----------------------------------------------------------------------

struct TileMean final : UnaryOp {  // (gdb) break evenkeel::TileMean::backward
  Tile tile;

  std::string_view name() const override { return "tile_mean"; }

  void forward(const Matrix& x, Matrix& y) override { y = broadcast(tile_mean(x, tile), tile); }

  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = broadcast(tile_mean(dy, tile), tile);
  }
};

Var tile_mean(Var x, Tile tile) {
  return record<TileMean>({x}, [&](TileMean& op) { op.tile = tile; });
}

Var tile_deviation(Var x, Tile tile, Centering centering, double eps) {
  const Var deviation = centering == Centering::keep_mean ? x : x - tile_mean(x, tile);
  return sqrt(tile_mean(square(deviation), tile) + eps);
}

// --- small residual branches ---------------------------------------------------------------------

void fixup(std::span<Parameter* const> weights, Index branches) {
  require(weights.size() > 1 && branches > 0, "fixup",
          "needs two weights in a branch and one branch, or more, got {} and {}", weights.size(),
          branches);
  const double m = static_cast<double>(weights.size());
  const double smaller = std::pow(static_cast<double>(branches), -1 / (2 * m - 2));
  for (Parameter* w : weights.first(weights.size() - 1)) {
    w->value *= static_cast<Scalar>(smaller);
  }
  weights.back()->value.zeros();
}

// --- norms by name -------------------------------------------------------------------------------

MakeImageNorm image_norm(std::string_view name) {
  if (name == "none") return {};
  if (name == "batch") return [](ImageShape s) { return BatchNorm(s.channels); };
  if (name == "layer") {
    return [](ImageShape s) { return GroupNorm(1, s.channels, {.name = "layer_norm"}); };
  }
  if (name == "group") {
    return [](ImageShape s) { return GroupNorm(std::gcd(Index{8}, s.channels), s.channels); };
  }
  if (name == "instance") {
    return [](ImageShape s) { return InstanceNorm(s.channels, {.affine = true}); };
  }
  if (name == "rms") {
    const GroupNormOptions rms{
        .bias = false, .centering = Centering::keep_mean, .name = "rms_norm"};
    return [rms](ImageShape s) { return GroupNorm(1, s.channels, rms); };
  }
  fail("image_norm", "there is no norm '{}': none, batch, layer, group, instance, rms", name);
}

}  // namespace evenkeel
