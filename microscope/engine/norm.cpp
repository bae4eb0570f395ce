// The views Backward and Tiles.

#include "answers.hpp"
#include "base/fail.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "singular_values.hpp"

namespace evenkeel::microscope {

namespace {

struct NormSetting {
  std::string norm;
  Index rows, cols, positions, groups;
  double eps;

  explicit NormSetting(const Json& request)
      : norm(text(request, "norm")),
        rows(count(request, "rows", 1, 32)),
        cols(count(request, "cols", 1, 32)),
        positions(count(request, "positions", 1, 32)),
        groups(count(request, "groups", 1, 32)),
        eps(number(request, "eps", 0, 1e6)) {
    require(rows % positions == 0, "microscope",
            "{} rows cannot be cut into channels of {} positions", rows, positions);
  }

  Var operator()(Var x) const {
    const Index channels = rows / positions;
    if (norm == "batch") return batch_norm(x, channels, {}, eps);
    if (norm == "layer") return layer_norm(x, {}, eps);
    if (norm == "rms") return rms_norm(x, {}, eps);
    if (norm == "group") return group_norm(x, groups, channels, {}, eps);
    if (norm == "instance") return instance_norm(x, channels, {}, eps);
    fail("microscope", "there is no norm '{}'", norm.substr(0, 40));
  }
};

// dx = rstd ⊙ (dy − mean(dy) − xhat ⊙ mean(dy ⊙ xhat)), term by term
void add_paths(const Normalize& op, const Matrix& xhat, const Matrix& dy, const Matrix& dx,
               Json& answer) {
  const Tile tile = op.tile;
  const Matrix rstd = broadcast(op.rstd, tile);
  const Matrix through_x = dy % rstd;
  Matrix through_mean = -broadcast(tile_mean(dy, tile), tile) % rstd;
  if (op.centering == Centering::keep_mean) through_mean.zeros();
  const Matrix along_xhat = tile_mean(dy % xhat, tile);
  const Matrix through_variance = -xhat % broadcast(along_xhat, tile) % rstd;
  answer["dx"] = numbers(dx);
  answer["through_x"] = numbers(through_x);
  answer["through_mean"] = numbers(through_mean);
  answer["through_variance"] = numbers(through_variance);
  answer["mean_dy"] = numbers(tile_mean(dy, tile));
  answer["mean_dy_xhat"] = numbers(along_xhat);
  answer["sum_dx"] = numbers(tile_sum(dx, tile));
  answer["sum_dx_xhat"] = numbers(tile_sum(dx % xhat, tile));
}

}  // namespace

Json norm(const Json& request) {
  const NormSetting setting(request);
  const Matrix x = matrix(request, "x", setting.rows, setting.cols);
  Tape tape;
  const Var y = setting(tape.variable(x));
  const Node& node = tape.checked(y);
  const auto& op = dynamic_cast<const Normalize&>(*node.op);
  const Matrix xhat = y.value();  // without gamma and beta
  Json answer;
  answer["tile"] = {op.tile.rows, op.tile.cols};
  answer["centered"] = op.centering == Centering::subtract_mean;
  answer["mean"] = numbers(op.mean);
  answer["variance"] = numbers(op.variance);
  answer["rstd"] = numbers(op.rstd);
  answer["xhat"] = numbers(xhat);
  if (request.contains("dy")) {
    const Matrix dy = matrix(request, "dy", setting.rows, setting.cols);
    tape.backward(y, dy);
    add_paths(op, xhat, dy, tape.var(0).gradient(), answer);
  }
  if (request.value("jacobian", false)) {
    require(x.n_elem <= 64, "microscope", "the Jacobian is drawn for 64 entries at most, got {}",
            x.n_elem);
    const Matrix j = jacobian(setting, x);
    const std::vector<double> values = singular_values(j);
    answer["jacobian"] = numbers(j);
    answer["singular_values"] = numbers(values);
    answer["rank"] = rank_of(values, op.rstd.max());  // xhat moves by rstd at most
  }
  return answer;
}

}  // namespace evenkeel::microscope
