#include "evenkeel/nn/init.hpp"

#include <cmath>

#include "base/fail.hpp"

namespace evenkeel {

namespace {

double number(Index n) {
  return static_cast<double>(n);
}

// The Q of a normal matrix, its columns turned so that R's diagonal is positive, is uniform among
// all of its kind. In double for both precisions, so that a float matrix is the rounded double one.
Matrix orthogonal_matrix(Index rows, Index cols, double gain, Random& random) {
  const bool flat = rows < cols;
  arma::mat normal(std::max(rows, cols), std::min(rows, cols));
  for (double& entry : normal) entry = random.normal();
  arma::mat q, r;
  require(arma::qr_econ(q, r, normal), "init", "the QR decomposition did not succeed");
  for (Index j = 0; j < q.n_cols; ++j) q.col(j) *= r(j, j) < 0 ? -gain : gain;
  const arma::mat weights = flat ? arma::mat(q.t()) : q;
  return arma::conv_to<Matrix>::from(weights);
}

}  // namespace

double gain::leaky_relu(double slope) {
  return std::sqrt(2 / (1 + slope * slope));
}

double Init::sd(WeightShape shape) const {
  const double in = number(shape.fan_in()), out = number(shape.fan_out());
  if (draw == Draw::orthogonal) return gain / std::sqrt(std::max(in, number(shape.out)));
  if (fan == Fan::in) return gain / std::sqrt(in);
  return gain / std::sqrt(fan == Fan::out ? out : (in + out) / 2);
}

Matrix Init::operator()(WeightShape shape, Random& random) const {
  require(shape.fan_in() > 0 && shape.fan_out() > 0, "init",
          "weights need outputs, inputs and a window, got {}, {} and {}", shape.out, shape.in,
          shape.window);
  require(gain >= 0, "init", "the gain must be at least 0, got {}", gain);
  const Index rows = shape.out, cols = shape.fan_in();
  if (draw == Draw::orthogonal) return orthogonal_matrix(rows, cols, gain, random);
  if (draw == Draw::normal) return random.normal(rows, cols, sd(shape));
  const double end = std::numbers::sqrt3 * sd(shape);
  return random.uniform(rows, cols, -end, end);
}

}  // namespace evenkeel
