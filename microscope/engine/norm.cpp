// The views Backward and Tiles.

#include "answers.hpp"
#include "base/fail.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "singular_values.hpp"

namespace evenkeel::microscope {

namespace {

struct NormSetting {
  std::string norm;
  Index rows, cols, positions, channels, groups;
  double eps;

  explicit NormSetting(const Json& request)
      : norm(text(request, "norm")),
        rows(count(request, "rows", 1, 512)),
        cols(count(request, "cols", 1, 32)),
        positions(count(request, "positions", 1, 64)),
        channels(rows / positions),
        groups(count(request, "groups", 1, 32)),
        eps(number(request, "eps", 0, 1e6)) {
    require(rows % positions == 0, "microscope",
            "{} rows cannot be cut into channels of {} positions", rows, positions);
  }

  bool centered() const { return norm != "rms"; }

  // Gamma and beta: one for each channel, with every norm.
  Var operator()(Var x, Affine affine = {}) const {
    if (norm == "batch") return batch_norm(x, channels, affine, eps);
    if (norm == "layer")
      return normalized("layer_norm", x, layer_tile(x.shape()), eps, affine, channels);
    if (norm == "rms")
      return normalized("rms_norm", x, layer_tile(x.shape()), eps, affine, channels,
                        Centering::keep_mean);
    if (norm == "group") return group_norm(x, groups, channels, affine, eps);
    if (norm == "instance") return instance_norm(x, channels, affine, eps);
    fail("microscope", "there is no norm '{}'", norm.substr(0, 40));
  }
};

// dx = rstd ⊙ (dxhat − mean(dxhat) − xhat ⊙ mean(dxhat ⊙ xhat)), term by term
void add_paths(const Normalize& op, const Matrix& xhat, const Matrix& dxhat, const Matrix& dx,
               Json& answer) {
  const Tile tile = op.tile;
  const Matrix rstd = broadcast(op.rstd, tile);
  const Matrix through_x = dxhat % rstd;
  Matrix through_mean = -broadcast(tile_mean(dxhat, tile), tile) % rstd;
  if (op.centering == Centering::keep_mean) through_mean.zeros();
  const Matrix along_xhat = tile_mean(dxhat % xhat, tile);
  const Matrix through_variance = -xhat % broadcast(along_xhat, tile) % rstd;
  answer["dxhat"] = numbers(dxhat);
  answer["dx"] = numbers(dx);
  answer["through_x"] = numbers(through_x);
  answer["through_mean"] = numbers(through_mean);
  answer["through_variance"] = numbers(through_variance);
  answer["mean_dxhat"] = numbers(tile_mean(dxhat, tile));
  answer["mean_dxhat_xhat"] = numbers(along_xhat);
  answer["sum_dx"] = numbers(tile_sum(dx, tile));
  answer["sum_dx_xhat"] = numbers(tile_sum(dx % xhat, tile));
}

// ∂y/∂x with this gamma, and what it deletes.
void add_jacobian(const NormSetting& setting, const Matrix& x, const Matrix& gamma, double rstd,
                  Json& answer) {
  require(x.n_elem <= 64, "microscope", "the Jacobian is drawn for 64 entries at most, got {}",
          x.n_elem);
  const auto scaled = [&](Var v) { return setting(v, {.gamma = v.tape().constant(gamma)}); };
  const Matrix j = jacobian(scaled, x);
  const std::vector<double> values = singular_values(j);
  answer["jacobian"] = numbers(j);
  answer["singular_values"] = numbers(values);
  answer["rank"] = rank_of(values, rstd * arma::abs(gamma).max());  // y moves by that at most
}

}  // namespace

Json norm(const Json& request) {
  const NormSetting setting(request);
  const Matrix x = matrix(request, "x", setting.rows, setting.cols);
  Matrix scale(setting.channels, 1, arma::fill::ones);
  if (request.contains("gamma")) scale = matrix(request, "gamma", setting.channels, 1);
  Tape tape;
  const Var from = tape.variable(x);
  const Var gamma = tape.variable(scale), beta = tape.variable(Matrix(setting.channels, 1));
  Affine affine{.gamma = gamma};
  if (setting.centered()) affine.beta = beta;
  const Var xhat = setting(from), y = setting(from, affine);
  const auto& op = dynamic_cast<const Normalize&>(*tape.checked(y).op);
  Json answer;
  answer["tile"] = {op.tile.rows, op.tile.cols};
  answer["centered"] = setting.centered();
  answer["mean"] = numbers(op.mean);
  answer["variance"] = numbers(op.variance);
  answer["rstd"] = numbers(op.rstd);
  answer["xhat"] = numbers(xhat.value());
  if (request.contains("dy")) {
    const Matrix dy = matrix(request, "dy", setting.rows, setting.cols);
    tape.backward(y, dy);
    const Matrix dxhat = dy % broadcast(scale, {setting.positions, setting.cols});
    add_paths(op, xhat.value(), dxhat, from.gradient(), answer);
    answer["dgamma"] = numbers(gamma.gradient());
    if (setting.centered()) answer["dbeta"] = numbers(beta.gradient());
  }
  if (request.value("jacobian", false)) add_jacobian(setting, x, scale, op.rstd.max(), answer);
  return answer;
}

}  // namespace evenkeel::microscope
