#include "evenkeel/norm/normalize.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "kernels/norm.hpp"

namespace evenkeel {

void Normalize::forward(const Matrix& x, const Matrix* gamma, const Matrix* beta, Matrix& y) {
  if (!given) tile_grid(norm, shape_of(x), tile);  // throws unless the tiles cover x
  const Tile channel = channel_tile(x, gamma, beta);
  if (fast_kernels()) {
    const kernels::Norm fast = kernel(x, gamma, beta);
    if (fast.within_a_column()) return kernels::norm_columns_forward(fast, y);
    if (fast.over_the_batch()) return kernels::norm_batch_forward(fast, y);
  }
  if (!given) {
    mean = tile_mean(x, tile);
    if (centering == Centering::keep_mean) mean.zeros();
    const Matrix deviation = x - broadcast(mean, tile);
    variance = tile_mean(arma::square(deviation), tile);
    rstd = 1 / arma::sqrt(variance + static_cast<Scalar>(eps));
  }
  const Matrix xhat = (x - broadcast(mean, tile)) % broadcast(rstd, tile);
  y = xhat;
  if (gamma) y %= broadcast(*gamma, channel);
  if (beta) y += broadcast(*beta, channel);
}

void Normalize::backward(const Matrix& x, const Matrix* gamma, const Matrix* beta, const Matrix& dy,
                         Matrix* dx, Matrix* dgamma, Matrix* dbeta) {
  if (fast_kernels()) {
    const kernels::Norm fast = kernel(x, gamma, beta);
    const kernels::NormGradients gradients{dx, dgamma, dbeta};
    if (fast.within_a_column()) return kernels::norm_columns_backward(fast, dy, gradients);
    if (fast.over_the_batch()) return kernels::norm_batch_backward(fast, dy, gradients);
  }
  const Tile channel = channel_tile(x, gamma, beta);
  const Matrix xhat = (x - broadcast(mean, tile)) % broadcast(rstd, tile);
  if (dgamma) *dgamma = tile_sum(dy % xhat, channel);
  if (dbeta) *dbeta = tile_sum(dy, channel);
  if (!dx) return;
  Matrix dxhat = dy;
  if (gamma) dxhat %= broadcast(*gamma, channel);
  *dx = dxhat;  // path through x; then the paths through the mean and through the variance
  if (!given) {
    const Matrix mean_dxhat = tile_mean(dxhat, tile);
    const Matrix mean_dxhat_xhat = tile_mean(dxhat % xhat, tile);
    if (centering == Centering::subtract_mean) *dx -= broadcast(mean_dxhat, tile);
    *dx -= xhat % broadcast(mean_dxhat_xhat, tile);
  }
  *dx %= broadcast(rstd, tile);
}

void Normalize::run_forward(Inputs in, Matrix& y) {
  forward(*in[0], in.size() > 1 ? in[1] : nullptr, in.size() > 2 ? in[2] : nullptr, y);
}

void Normalize::run_backward(Inputs in, const Matrix&, const Matrix& dy, Gradients d) {
  backward(*in[0], in.size() > 1 ? in[1] : nullptr, in.size() > 2 ? in[2] : nullptr, dy, d[0],
           in.size() > 1 ? d[1] : nullptr, in.size() > 2 ? d[2] : nullptr);
}

void Normalize::set(std::string_view new_norm, Tile new_tile, double new_eps,
                    Centering new_centering) {
  if (!(new_eps >= 0)) fail(new_norm, "eps must be at least 0, got {}", new_eps);
  norm = new_norm;
  tile = new_tile;
  eps = new_eps;
  centering = new_centering;
  given = false;
}

void Normalize::set_given(std::string_view new_norm, Shape x, Index channels) {
  set(new_norm, {x.rows / std::max<Index>(1, channels), x.cols}, 0);
  given = true;
}

kernels::Norm Normalize::kernel(const Matrix& x, const Matrix* gamma, const Matrix* beta) {
  return {.x = x,
          .channels = gamma ? gamma->n_rows : x.n_rows / tile.rows,
          .gamma = gamma,
          .beta = beta,
          .mean = mean,
          .rstd = rstd,
          .parts = parts_,
          .variance = given ? nullptr : &variance,
          .tile_rows = tile.rows,
          .tile_cols = tile.cols,
          .subtract_mean = centering == Centering::subtract_mean,
          .eps = static_cast<Scalar>(eps)};
}

Var normalize(Var x, Tile tile, Centering centering, double eps) {
  return record<Normalize>({x}, [&](Normalize& op) { op.set("normalize", tile, eps, centering); });
}

Var normalized(std::string_view norm, Var x, Tile tile, double eps, Affine affine,
               Index num_channels, Centering centering) {
  return record<Normalize>(norm_inputs(norm, x, affine, num_channels),
                           [&](Normalize& op) { op.set(norm, tile, eps, centering); });
}

Var standardize(Var x, const Matrix& running_mean, const Matrix& running_var, double eps,
                std::string_view norm, Affine affine) {
  if (!(eps >= 0)) fail(norm, "eps must be at least 0, got {}", eps);
  const Index channels = running_mean.n_rows;
  require_shape(norm, "running_mean", running_mean, {channels, 1}, "with a value for each channel");
  require_shape(norm, "running_var", running_var, {channels, 1}, "to match running_mean");
  return record<Normalize>(norm_inputs(norm, x, affine, channels), [&](Normalize& op) {
    op.set_given(norm, x.shape(), channels);
    op.mean = running_mean;
    op.rstd = 1 / arma::sqrt(running_var + static_cast<Scalar>(eps));
  });
}

// --- gamma and beta ------------------------------------------------------------------------------

// The tile that one entry of gamma or beta applies to: the rows of its channel × all columns; {}
// without gamma.
Tile Normalize::channel_tile(const Matrix& x, const Matrix* gamma, const Matrix* beta) const {
  if (!gamma) return {};
  if (gamma->n_cols != 1 || gamma->n_rows == 0 || x.n_rows % gamma->n_rows != 0) {
    fail(name(),
         "gamma must be channels×1 with channels dividing the rows of x ({}), "
         "got {}",
         to_string(shape_of(x)), to_string(shape_of(*gamma)));
  }
  if (beta) require_shape(name(), "beta", *beta, shape_of(*gamma), "to match gamma");
  return {x.n_rows / gamma->n_rows, x.n_cols};
}

std::vector<Input> norm_inputs(std::string_view norm, Var x, Affine affine, Index num_channels) {
  if (num_channels == 0 || x.rows() % num_channels != 0) {
    fail(norm, "{} rows of x ({}) cannot be cut into {} channels", x.rows(), to_string(x.shape()),
         num_channels);
  }
  if (affine.beta && !affine.gamma) fail(norm, "beta needs a gamma");
  const std::string because = fmt::format("to match x ({})", to_string(x.shape()));
  std::vector<Input> inputs{x};
  const auto add = [&](std::string_view name, const std::optional<Input>& input) {
    if (!input) return;
    require_shape(norm, name, input->value(), {num_channels, 1}, because);
    inputs.push_back(*input);
  };
  add("gamma", affine.gamma);
  add("beta", affine.beta);
  return inputs;
}

}  // namespace evenkeel
