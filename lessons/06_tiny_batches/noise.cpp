// Part 1 of lesson 06: BatchNorm on random numbers, beside the formulas.

#include <algorithm>
#include <cmath>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "tiny_batches.hpp"

namespace tiny_batches {

namespace {

constexpr ek::Index many = 100'000;  // features

// dx for the features of x under a random dy, two samples each.
ek::Matrix gradient_of(const ek::Matrix& x, const ek::Matrix& dy, double eps, ek::Matrix& y) {
  ek::Tape tape;
  const ek::Var input = tape.variable(x);
  const ek::Var output = batch_norm(input, many, {}, eps);
  tape.backward(output, dy);
  y = output.value();
  return input.gradient();
}

}  // namespace

TwoSamples look_at_two_samples(std::uint64_t seed) {
  constexpr double eps = 1e-5;
  ek::Random random(seed);
  const ek::Matrix x = random.normal(many, 2);
  const ek::Matrix dy = random.normal(many, 2);
  ek::Matrix exact, usual;  // ŷ
  const ek::Matrix dx_exact = gradient_of(x, dy, 0, exact);
  const ek::Matrix dx_usual = gradient_of(x, dy, eps, usual);

  TwoSamples two;
  double all = 0;
  for (ek::Index i = 0; i < many; ++i) {
    const double sigma = std::abs(double(x(i, 0)) - double(x(i, 1))) / 2;
    const double rounding =
        ek::machine_epsilon * std::max(std::abs(x(i, 0)), std::abs(x(i, 1))) / sigma;
    const double length = std::hypot(dy(i, 0), dy(i, 1));
    const double dx = std::hypot(dx_usual(i, 0), dx_usual(i, 1));
    const bool close = std::abs(usual(i, 0)) < 0.99;
    for (ek::Index sample : {0, 1}) {
      const double off = std::abs(std::abs(double(exact(i, sample))) - 1);
      const double exact_dx = std::abs(double(dx_exact(i, sample)));
      two.output_error = std::max(two.output_error, off / rounding);
      two.gradient = std::max(two.gradient, exact_dx * sigma / length / rounding);
    }
    two.largest_gradient = std::max(two.largest_gradient, dx / length);
    two.close += close ? 100.0 / many : 0;
    two.gradient_of_close += close ? 100 * dx : 0;
    all += dx;
  }
  two.gradient_of_close /= all;
  // |ŷ| = σ/√(σ² + eps) < 0.99 for σ < 0.99·√(eps/(1 − 0.99²)); σ = |z|/√2 with z ~ N(0, 1)
  two.close_theory = 100 * std::erf(0.99 * std::sqrt(eps / (1 - 0.99 * 0.99)));
  return two;
}

Noise measure_noise(ek::Index batch, std::uint64_t seed) {
  constexpr ek::Index features = 4000;
  constexpr ek::Index repeats = 100;
  const double b = static_cast<double>(batch);
  Noise noise{.batch = batch};
  ek::Random random(seed);
  ek::Tape tape;
  for (ek::Index repeat = 0; repeat < repeats; ++repeat) {
    tape.rewind();
    const ek::Var x = tape.constant(random.normal(features, batch));  // in evaluation ŷ is x itself
    const ek::Matrix& y = batch_norm(x, features, {}, 0).value();
    for (ek::Index i = 0; i < y.n_elem; ++i) {
      const double trained = y[i];
      const double difference = trained - x.value()[i];
      noise.difference += difference * difference;
      noise.kurtosis += trained * trained * trained * trained;
      noise.largest = std::max(noise.largest, std::abs(trained));
    }
  }
  noise.difference /= double(features * repeats) * b;
  noise.kurtosis /= double(features * repeats) * b;
  const double ratio =
      std::exp(std::lgamma(b / 2) - std::lgamma((b - 1) / 2));  // Γ(B/2)/Γ((B−1)/2)
  noise.difference_theory = 2 * (1 - std::sqrt(2 / b) * ratio);
  noise.kurtosis_theory = 3 * (b - 1) / (b + 1);
  noise.largest_theory = std::sqrt(b - 1);
  return noise;
}

}  // namespace tiny_batches
