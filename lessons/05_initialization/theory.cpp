// What theory says of wide layers: with many inputs each pre-activation is a sum of many small
// terms, so it is Gaussian with variance gain² · (mean square of what came in).

#include <cmath>
#include <numbers>

#include "initialization.hpp"

namespace initialization {

namespace {

// E[f(z)], z ~ N(0, 1): the trapezoidal rule, which for such integrands is exact to rounding.
template <class F>
double gaussian_mean(F f) {
  constexpr double step = 0.01, end = 10;
  double sum = 0;
  for (double z = -end; z <= end; z += step) sum += f(z) * std::exp(-z * z / 2);
  return sum * step / std::sqrt(2 * std::numbers::pi);
}

double mean_square_of_tanh(double q) {
  return gaussian_mean([=](double z) { return std::pow(std::tanh(std::sqrt(q) * z), 2); });
}

// E[tanh′²]
double mean_square_slope(double q) {
  return gaussian_mean([=](double z) {
    const double t = std::tanh(std::sqrt(q) * z);
    return std::pow(1 - t * t, 2);
  });
}

// The variance before each tanh; the input has variance 1.
ByLayer variances(double gain, ek::Index layers) {
  ByLayer q{gain * gain};
  while (q.size() < layers) q.push_back(gain * gain * mean_square_of_tanh(q.back()));
  return q;
}

}  // namespace

ByLayer relu_rms(double gain, ek::Index layers) {
  ByLayer rms;
  double size = 1;
  for (ek::Index layer = 0; layer < layers; ++layer) {
    size *= gain / std::numbers::sqrt2;
    rms.push_back(size);
  }
  return rms;
}

ByLayer tanh_rms(double gain, ek::Index layers) {
  ByLayer rms;
  for (double q : variances(gain, layers)) rms.push_back(std::sqrt(mean_square_of_tanh(q)));
  return rms;
}

ByLayer tanh_saturated(double gain, ek::Index layers) {
  ByLayer percent;
  for (double q : variances(gain, layers)) {
    const double beyond = std::atanh(saturated_beyond) / std::sqrt(q);  // in standard deviations
    percent.push_back(100 * std::erfc(beyond / std::numbers::sqrt2));
  }
  return percent;
}

double tanh_gradient_growth(double gain, ek::Index layers) {
  const ByLayer q = variances(gain, layers);
  double log_growth = 0;
  ek::Index count = 0;
  for (ek::Index l = layers / 6 + 1; l <= layers * 5 / 6; ++l, ++count) {
    log_growth += std::log(gain * gain * mean_square_slope(q[l])) / 2;
  }
  return std::exp(log_growth / static_cast<double>(count));
}

double normalized_tanh_gradient_growth() {
  return std::sqrt(mean_square_slope(1) / mean_square_of_tanh(1));
}

double gradient_growth(const Run& run) {
  const std::size_t layers = run.gradient.size();
  const std::size_t first = layers / 6, last = layers * 5 / 6;
  return std::pow(run.gradient[first] / run.gradient[last],
                  1.0 / static_cast<double>(last - first));
}

std::vector<ByLayer> Study::all(ByLayer Run::*which) const {
  std::vector<ByLayer> found;
  for (const Run& run : runs) found.push_back(run.*which);
  return found;
}

ByLayer Study::median(ByLayer Run::*which) const {
  return ek::lesson::band_over_seeds(all(which)).median;
}

}  // namespace initialization
