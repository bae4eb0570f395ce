#pragma once
// What wide random layers do to a signal, in closed form, and the cosine that shows it.

#include <cmath>
#include <functional>
#include <numbers>

#include "evenkeel/core/types.hpp"

namespace evenkeel::lesson {

/// √(½ − 1/2π) = 0.584: the standard deviation of relu(z), z ~ N(0, 1).
inline const double relu_sigma = std::sqrt(0.5 - 0.5 / std::numbers::pi);

/// Cosine of relu(a) and relu(b) for Gaussian a, b with cosine c (Cho & Saul 2009, "Kernel methods
/// for deep learning": the arc-cosine kernel of order 1).
inline double relu_cosine(double c) {
  return (std::sqrt(1 - c * c) + (std::numbers::pi - std::acos(c)) * c) / std::numbers::pi;
}

/// E[f(z)], z ~ N(0, 1), by the trapezoidal rule on ±8 σ: exact to rounding for smooth f.
inline double gaussian_mean(const std::function<double(double z)>& f) {
  constexpr int steps = 1600;
  double sum = 0;
  for (int i = 0; i <= steps; ++i) {
    const double z = -8 + 16.0 * i / steps;
    sum += f(z) * std::exp(-z * z / 2);
  }
  return sum * (16.0 / steps) / std::sqrt(2 * std::numbers::pi);
}

/// The mean cosine between two columns of h, over all pairs: scaled to length 1, the B columns have
/// a sum of squared length B + Σ cosines.
inline double mean_cosine(const Matrix& h) {
  const Matrix unit = arma::normalise(h);
  const double b = static_cast<double>(h.n_cols);
  const double length = arma::norm(arma::vectorise(arma::sum(unit, 1)));
  return (length * length - b) / (b * (b - 1));
}

}  // namespace evenkeel::lesson
