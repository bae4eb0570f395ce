#include "evenkeel/norm/normalize_scale_shift.hpp"

#include <fmt/format.h>

#include "evenkeel/core/kernels.hpp"
#include "evenkeel/norm/running_stats.hpp"
#include "fused_kernels.hpp"

namespace evenkeel {

namespace {

bool use_fused(const fused::Norm& norm) {
  return fast_kernels() && fused::fits(norm);
}

}  // namespace

// --- NormalizeScaleShift -------------------------------------------------------------------------

void NormalizeScaleShift::forward(const Matrix& x, const Matrix& gamma, const Matrix& beta,
                                  Matrix& y) {
  tile_grid(name(), shape_of(x), normalize.tile);
  const fused::Norm fast{x, normalize, gamma.n_rows, gamma.memptr(), beta.memptr()};
  if (use_fused(fast)) return fused::forward(fast, y);
  normalize.forward(x, xhat_);
  scale_shift.forward(xhat_, gamma, beta, y);
}

void NormalizeScaleShift::backward(const Matrix& x, const Matrix& gamma, const Matrix& beta,
                                   const Matrix& y, const Matrix& dy, Matrix* dx, Matrix* dgamma,
                                   Matrix* dbeta) {
  const fused::Norm fast{x, normalize, gamma.n_rows, gamma.memptr(), beta.memptr()};
  if (use_fused(fast)) return fused::backward(fast, dy, {dx, dgamma, dbeta});
  scale_shift.backward(xhat_, gamma, beta, y, dy, dx ? &dxhat_ : nullptr, dgamma, dbeta);
  if (dx) normalize.backward(x, xhat_, dxhat_, *dx);
}

// --- NormalizeScale ------------------------------------------------------------------------------

void NormalizeScale::forward(const Matrix& x, const Matrix& gamma, Matrix& y) {
  tile_grid(name(), shape_of(x), normalize.tile);
  const fused::Norm fast{x, normalize, gamma.n_rows, gamma.memptr()};
  if (use_fused(fast)) return fused::forward(fast, y);
  normalize.forward(x, xhat_);
  scale_channels.forward(xhat_, gamma, y);
}

void NormalizeScale::backward(const Matrix& x, const Matrix& gamma, const Matrix& y,
                              const Matrix& dy, Matrix* dx, Matrix* dgamma) {
  const fused::Norm fast{x, normalize, gamma.n_rows, gamma.memptr()};
  if (use_fused(fast)) return fused::backward(fast, dy, {dx, dgamma});
  scale_channels.backward(xhat_, gamma, y, dy, dx ? &dxhat_ : nullptr, dgamma);
  if (dx) normalize.backward(x, xhat_, dxhat_, *dx);
}

// --- normalize_affine ----------------------------------------------------------------------------

namespace {

void require_channels(std::string_view norm, Shape x, Index num_channels) {
  if (num_channels > 0 && x.rows % num_channels == 0) return;
  fail(norm, fmt::format("{} rows of x ({}) cannot be cut into {} channels", x.rows, to_string(x),
                         num_channels));
}

void require_affine(std::string_view norm, Shape x, const Affine& affine, Index num_channels) {
  const std::string because = fmt::format("to match x ({})", to_string(x));
  const Shape expected{num_channels, 1};
  if (affine.beta && !affine.gamma) fail(norm, "beta needs a gamma");
  if (affine.gamma) require_shape(norm, "gamma", affine.gamma->value(), expected, because);
  if (affine.beta) require_shape(norm, "beta", affine.beta->value(), expected, because);
}

Normalize& normalize_of(Normalize& op) {
  return op;
}
template <class NormOp>
Normalize& normalize_of(NormOp& op) {
  return op.normalize;
}

}  // namespace

Var normalize_affine(std::string_view norm, Var x, Tile tile, Centering centering, double eps,
                     Affine affine, Index num_channels, RunningStats* running) {
  if (!(eps >= 0)) fail(norm, fmt::format("eps must be at least 0, got {}", eps));
  require_channels(norm, x.shape(), num_channels);
  require_affine(norm, x.shape(), affine, num_channels);
  if (running) {
    require_shape(norm, "the running mean", running->mean, {num_channels, 1}, "for the channels");
  }
  Normalize* normalize = nullptr;
  const auto set_options = [&](auto& op) {
    normalize = &normalize_of(op);
    normalize->norm = norm;
    normalize->tile = tile;
    normalize->centering = centering;
    normalize->eps = eps;
  };
  const Var y = !affine.gamma ? record<Normalize>({x}, set_options)
                : !affine.beta
                    ? record<NormalizeScale>({x, *affine.gamma}, set_options)
                    : record<NormalizeScaleShift>({x, *affine.gamma, *affine.beta}, set_options);
  if (running) running->update(normalize->mean, normalize->variance, tile.size());
  return y;
}

}  // namespace evenkeel
