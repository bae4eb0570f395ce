#pragma once
// What wide random layers do to a signal, in closed form, and mean_cosine, which measures it.

#include <cmath>
#include <functional>
#include <numbers>
#include <utility>

#include "evenkeel/core/types.hpp"

namespace evenkeel::lesson {

/// √(½ − 1/2π) = 0.584: the standard deviation of relu(z), z ~ N(0, 1).
inline const double relu_sigma = std::sqrt(0.5 - 0.5 / std::numbers::pi);

/// Cosine of relu(a) and relu(b) for Gaussian a, b with cosine c (Cho & Saul 2009, "Kernel methods
/// for deep learning": the arc-cosine kernel of order 1).
inline double relu_cosine(double c) {
  return (std::sqrt(1 - c * c) + (std::numbers::pi - std::acos(c)) * c) / std::numbers::pi;
}

/// The cosine of two samples after so many ReLU layers, from 0 on: 0.32, 0.49, … → 1.
inline double relu_cosine_after(double layers) {
  double c = 0;
  for (double l = 0; l < layers; ++l) c = relu_cosine(c);
  return c;
}

/// The variance of relu over a batch of b samples, of a unit that BatchNorm has centred: two
/// samples of it correlate by −1/(b − 1). relu_sigma² for a large batch.
inline double batch_relu_variance(double b) {
  return 0.5 - relu_cosine(-1 / (b - 1)) / 2;
}

/// What a ReLU layer under BatchNorm multiplies the squared gradient by, for b > 3 samples and
/// layers much wider: π/(π − 1) = 1.467 for a large batch. The closed form of Yang et al. 2019, "A
/// mean field theory of batch normalization", arXiv:1902.08129; the general one is on lesson 08's
/// page.
inline double batch_relu_rate(double b) {
  const double c = -1 / (b - 1);
  const double both_on = (std::numbers::pi - std::acos(c)) / (2 * std::numbers::pi);
  return ((2 * both_on + b - 1) / (1 - relu_cosine(c)) - 1) / (b - 3);
}

/// The rms of the gradient after `layer` of so many, 1 after the last, with BatchNorm and 64
/// samples. With a skip each layer adds the variance of a ReLU to what the next norm divides by.
inline double batch_relu_gradient(double layer, double layers, bool has_skip) {
  const double rate = batch_relu_rate(64), variance = batch_relu_variance(64);
  double squared = 1;
  for (double l = layer; l < layers; ++l)
    squared *= has_skip ? 1 + rate / (1 / variance + l) : rate;
  return std::sqrt(squared);
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

/// E[tanh²] and E[tanh′²] of N(0, q).
inline std::pair<double, double> tanh_means(double q) {
  const auto t = [q](double z) { return std::tanh(std::sqrt(q) * z); };
  return {gaussian_mean([&](double z) { return std::pow(t(z), 2); }),
          gaussian_mean([&](double z) { return std::pow(1 - std::pow(t(z), 2), 2); })};
}

/// The same of erf: (2/π)·asin(2q/(1 + 2q)) and 4/(π·√(1 + 4q)), exact.
inline std::pair<double, double> erf_means(double q) {
  return {2 / std::numbers::pi * std::asin(2 * q / (1 + 2 * q)),
          4 / (std::numbers::pi * std::sqrt(1 + 4 * q))};
}

/// What a tanh layer with W = σw/√n·N(0, 1) multiplies the gradient by, the geometric mean of the
/// layers after `first` up to `last`: √(σw²·E[tanh′²]). The variance q of the pre-activations is
/// followed from layer to layer; after a norm it is 1.
inline double tanh_growth(double sigma_w, bool normalized, int first, int last) {
  if (normalized) return std::sqrt(tanh_means(1).second / tanh_means(1).first);
  double q = std::pow(sigma_w, 2), squared = 1;
  for (int l = 1; l <= last; ++l) {
    q = std::pow(sigma_w, 2) * tanh_means(q).first;
    if (l > first) squared *= std::pow(sigma_w, 2) * tanh_means(q).second;
  }
  return std::pow(squared, 0.5 / (last - first));
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
