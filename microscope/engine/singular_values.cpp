#include "singular_values.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace evenkeel::microscope {

namespace {

// Turns columns i and j until they are orthogonal; whether they were not.
bool turn(Matrix& a, Index i, Index j) {
  const double alpha = arma::accu(arma::square(a.col(i)));
  const double beta = arma::accu(arma::square(a.col(j)));
  const double gamma = arma::accu(a.col(i) % a.col(j));
  if (std::abs(gamma) <= machine_epsilon * std::sqrt(alpha * beta)) return false;
  const double zeta = (beta - alpha) / (2 * gamma);
  const double t = (zeta < 0 ? -1 : 1) / (std::abs(zeta) + std::hypot(1, zeta));
  const double c = 1 / std::hypot(1, t), s = c * t;
  const Matrix before = a.col(i);
  a.col(i) = c * before - s * a.col(j);
  a.col(j) = s * before + c * a.col(j);
  return true;
}

}  // namespace

std::vector<double> singular_values(Matrix a) {
  if (!a.is_finite()) return std::vector<double>(a.n_cols, NAN);
  constexpr int most_sweeps = 60;
  bool turned = true;
  for (int sweep = 0; turned && sweep < most_sweeps; ++sweep) {
    turned = false;
    for (Index i = 0; i < a.n_cols; ++i) {
      for (Index j = i + 1; j < a.n_cols; ++j) turned = turn(a, i, j) || turned;
    }
  }
  std::vector<double> values;
  for (Index i = 0; i < a.n_cols; ++i)
    values.push_back(std::sqrt(arma::accu(arma::square(a.col(i)))));
  std::sort(values.begin(), values.end(), std::greater<>());
  return values;
}

Index rank_of(const std::vector<double>& values, double scale) {
  const double least = scale * values.size() * machine_epsilon;
  return std::count_if(values.begin(), values.end(), [=](double value) { return value > least; });
}

}  // namespace evenkeel::microscope
