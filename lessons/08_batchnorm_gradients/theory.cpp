// The theory of lesson 08: closed forms for wide layers. The derivation is on the lesson's page.

#include <cmath>
#include <numbers>

#include "batchnorm_gradients.hpp"

namespace batchnorm_gradients {

using namespace ek::lesson;
using std::numbers::pi;

namespace {

// E[f(z)], z ~ N(0, 1), by the trapezoid rule on ±8 σ: exact to rounding for smooth f.
template <class Function>
double gaussian_mean(Function f) {
  constexpr int steps = 1600;
  double sum = 0;
  for (int i = 0; i <= steps; ++i) {
    const double z = -8 + 16.0 * i / steps;
    sum += f(z) * std::exp(-z * z / 2);
  }
  return sum * (16.0 / steps) / std::sqrt(2 * pi);
}

// E[φ'²] / E[φ²] for tanh, whose mean is 0, so that this is E[φ'²] / Var φ too.
double tanh_rate() {
  const double slope = gaussian_mean([](double z) { return std::pow(std::cosh(z), -4); });
  const double square = gaussian_mean([](double z) { return std::pow(std::tanh(z), 2); });
  return slope / square;
}

// The rate of ‖gradient‖² under BatchNorm with ReLU, at any batch size: a normalized unit is √B·u,
// u uniform on the sphere of the B − 1 directions orthogonal to 1, so two samples correlate by ρ.
double relu_rate(double b) {
  const double rho = -1 / (b - 1);
  const double both_on = 0.25 + std::asin(rho) / (2 * pi);
  const double product = relu_cosine(rho) / 2;  // E[φ φ̃] of two samples; E[φ²] = ½
  const double variance = 0.5 - product;        // of φ over the batch, times B/(B−1)
  const double on_squared = b / 2 + b * (b - 1) * both_on;           // E[k²], k samples are on
  const double centered = b / 2 - 1 + on_squared / (b * b);          // E tr(D P D P)
  const double along_u = 0.5 - (0.5 + (b - 1) * product) / b;        // E[uᵀ D P D u]
  return b / ((b - 3) * variance) * (centered - along_u) / (b - 1);  // b/(b−3) from E[1/s²]
}

}  // namespace

std::string name_of(Activation activation) {
  if (activation == Activation::relu) return "ReLU";
  return activation == Activation::tanh ? "tanh" : "linear";
}

double relu_cosine(double c) {
  return (std::sqrt(1 - c * c) + (pi - std::acos(c)) * c) / pi;
}

double batch_norm_growth(Activation activation, ek::Index batch) {
  const double b = static_cast<double>(batch);
  if (activation == Activation::linear) return std::sqrt((b - 2) / (b - 3));
  return std::sqrt(activation == Activation::relu ? relu_rate(b) : tanh_rate());
}

double layer_norm_growth(Activation activation) {
  return activation == Activation::tanh ? std::sqrt(tanh_rate()) : 1.0;
}

ByLayer layer_norm_cosines(ek::Index layers) {
  ByLayer cosines = {relu_cosine(0)};
  while (cosines.size() < layers) cosines.push_back(relu_cosine(cosines.back()));
  return cosines;
}

double batch_norm_cosine(ek::Index batch) {
  return relu_cosine(-1 / (static_cast<double>(batch) - 1));
}

}  // namespace batchnorm_gradients
