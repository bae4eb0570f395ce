#include "13_break_the_norms/task.hpp"

bool same(const Matrix& a, const Matrix& b) {
  return arma::size(a) == arma::size(b) && a.is_finite() && arma::abs(a - b).max() < 1e-5;
}

Matrix rows(const Matrix& m, const Matrix& column) {
  return m.each_col() % column;
}

// y by the formula, with these statistics.
Matrix formula(const NormUnderTest& norm, const Matrix& x, const Matrix& mean, const Matrix& var) {
  const Matrix centered = x.each_col() - mean;
  const Matrix xhat = centered.each_col() / arma::sqrt(var + norm.eps);
  return rows(xhat, norm.gamma).each_col() + norm.beta;
}

bool backward_is_right(NormUnderTest& norm, const Matrix& x, const Matrix& dy) {
  const Matrix centered = x.each_col() - arma::mean(x, 1);
  const Matrix rstd = 1 / arma::sqrt(arma::var(x, 1, 1) + norm.eps);
  const Matrix xhat = rows(centered, rstd);
  const Matrix dxhat = rows(dy, norm.gamma);
  const Matrix less = dxhat.each_col() - arma::mean(dxhat, 1);
  const Matrix dx = rows(less - rows(xhat, arma::mean(dxhat % xhat, 1)), rstd);
  const NormGradients d = norm.backward(dy);
  if (!same(d.dx, dx)) return false;
  if (!same(d.dgamma, arma::sum(dy % xhat, 1))) return false;
  return same(d.dbeta, arma::sum(dy, 1));
}

bool norm_is_right(const MakeNorm& make_norm) {
  Random random(1);
  const Matrix x = random.normal(3, 8) + 2;
  const std::unique_ptr<NormUnderTest> norm = make_norm(3);
  norm->gamma = {0.5, 2, 3};
  norm->gamma = norm->gamma.t();
  norm->beta = random.normal(3, 1);
  norm->eps = 0.5;

  // training
  const Matrix mean = arma::mean(x, 1);
  if (!same(norm->train(x), formula(*norm, x, mean, arma::var(x, 1, 1)))) return false;
  if (!same(norm->running_mean, 0.1 * mean)) return false;
  if (!same(norm->running_var, 0.9 + 0.1 * arma::var(x, 0, 1))) return false;

  // backward, twice
  if (!backward_is_right(*norm, x, random.normal(3, 8))) return false;
  if (!backward_is_right(*norm, x, random.normal(3, 8))) return false;

  // evaluation, twice
  const Matrix other = random.normal(3, 5);
  const Matrix right = formula(*norm, other, norm->running_mean, norm->running_var);
  if (!same(norm->evaluate(other), right)) return false;
  if (!same(norm->evaluate(other), right)) return false;

  // a constant feature, and a mean that is large
  norm->eps = 1e-5;
  Matrix constant = x;
  constant.row(1).fill(7);
  const Matrix y = formula(*norm, constant, arma::mean(constant, 1), arma::var(constant, 1, 1));
  if (!same(norm->train(constant), y)) return false;
  const Matrix far = x + 1e8;
  const Matrix far_y = formula(*norm, far, arma::mean(far, 1), arma::var(far, 1, 1));
  return arma::abs(norm->train(far) - far_y).max() < 1e-3;
}
