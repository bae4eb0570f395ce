#include "evenkeel/probe/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace evenkeel {

Statistics statistics(const Matrix& x) {
  Statistics s;
  if (x.empty()) return s;
  const double n = static_cast<double>(x.n_elem);
  double sum = 0;
  Index zeros = 0;
  for (const Scalar entry : x) {
    sum += entry;
    s.largest = std::max(s.largest, std::abs(static_cast<double>(entry)));
    if (entry == 0) ++zeros;
  }
  s.mean = sum / n;
  s.fraction_zero = static_cast<double>(zeros) / n;

  // In units of the largest, so that squares of 1e200 or 1e-200 stay in range
  const double unit = s.largest > 0 && std::isfinite(s.largest) ? s.largest : 1;
  double squares = 0;
  for (const Scalar entry : x) {
    const double distance = (entry - s.mean) / unit;
    squares += distance * distance;
  }
  s.sigma = unit * std::sqrt(squares / n);
  s.rms = std::hypot(s.mean, s.sigma);
  if (std::isnan(s.mean)) s.largest = s.rms = s.mean;
  return s;
}

Index dead_units(const Matrix& x) {
  const arma::umat alive = arma::any(x, 1);
  return x.n_rows - arma::accu(alive);
}

}  // namespace evenkeel
