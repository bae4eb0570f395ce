// The view Explosion: lesson 01's run, and its theory.

#include <cmath>
#include <numeric>

#include "answers.hpp"
#include "evenkeel/core/any_layer.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/image_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/probe/statistics.hpp"
#include "theory.hpp"

namespace evenkeel::microscope {

namespace {

struct Setting {
  std::string norm, activation;
  Index depth, width, samples;
  double scale;

  explicit Setting(const Json& request)
      : norm(text(request, "norm")),
        activation(text(request, "activation")),
        depth(count(request, "depth", 1, 100)),
        width(count(request, "width", 1, 512)),
        samples(count(request, "samples", 1, 1000)),
        scale(number(request, "scale", 0, 100)) {}
};

// Of φ(√q·z), z ~ N(0, 1): by the midpoint rule on ±8 σ, with φ and φ′ from the op itself.
struct Means {
  double square = 0, mean = 0, slope_square = 0;
  double variance() const { return square - mean * mean; }

  Means(const std::string& phi, double q) {
    constexpr Index steps = 1600;
    const auto z = [](Index i) { return -8 + 16 * (static_cast<double>(i) + 0.5) / steps; };
    Matrix grid(1, steps);
    for (Index i = 0; i < steps; ++i) grid[i] = std::sqrt(q) * z(i);
    Tape tape;
    const Var x = tape.variable(grid);
    const Var y = activation(phi, 1.0 * x);  // not x itself, where φ is none
    tape.backward(y, arma::ones<Matrix>(1, steps));
    for (Index i = 0; i < steps; ++i) {
      const double weight = std::exp(-z(i) * z(i) / 2) / std::sqrt(2 * M_PI) * 16 / steps;
      mean += weight * y.value()[i];
      square += weight * std::pow(y.value()[i], 2);
      slope_square += weight * std::pow(x.gradient()[i], 2);
    }
  }
};

// Without a norm: W multiplies a mean square by s²n, forward and back; φ by what Means say.
void without_norm(const Setting& s, std::vector<double>& forward, std::vector<double>& factor) {
  const double spread = s.scale * s.scale * static_cast<double>(s.width);
  double q = spread;
  for (Index l = 0; l < s.depth; ++l) {
    const Means means(s.activation, q);
    forward.push_back(std::sqrt(means.variance()));
    factor.push_back(std::sqrt(spread * means.slope_square));
    q = spread * means.square;
  }
}

// What a wide layer behind a norm multiplies the squared gradient by; 0: not known.
double squared_growth(const Setting& s, const Means& means) {
  const double b = static_cast<double>(s.samples);
  if (s.norm == "batch") {
    if (s.activation == "relu") return b > 3 ? lesson::batch_relu_rate(b) : 0;
    return means.slope_square / means.variance();
  }
  double used_up = 1;  // lesson 01, "Backward under GroupNorm": a tile's mean and variance
  const Index tile = s.norm == "group" ? s.width / std::gcd(Index{8}, s.width) : s.width;
  const double k = static_cast<double>(tile);
  if (s.norm != "rms") used_up = k > 3 ? (k - 2) / (k - 3) : 0;
  return used_up * means.slope_square / means.square;
}

}  // namespace

Json explosion(const Json& request) {
  const Setting s(request);
  Random random(count(request, "seed", 0, 1'000'000));
  const MakeImageNorm make = image_norm(s.norm);
  std::vector<AnyLayer> norms;
  if (make) norms.assign(s.depth, make({.channels = s.width, .height = 1, .width = 1}));
  Tape tape;
  Var h = tape.variable(random.normal(s.width, s.samples));  // features × samples
  std::vector<Var> outputs;
  for (Index l = 0; l < s.depth; ++l) {
    const Var z = linear(h, tape.constant(random.normal(s.width, s.width, s.scale)));
    h = activation(s.activation, make ? norms[l](z) : z);
    outputs.push_back(h);
  }
  tape.backward(h, random.normal(s.width, s.samples));
  std::vector<double> forward, backward;
  for (const Var output : outputs) {
    forward.push_back(statistics(output.value()).sigma);
    backward.push_back(statistics(output.gradient()).sigma);
  }
  return {{"forward", numbers(forward)}, {"backward", numbers(backward)}};
}

Json explosion_theory(const Json& request) {
  const Setting s(request);
  std::vector<double> forward, factor;  // factor[l]: of the gradient, through layer l
  if (s.norm == "none") {
    without_norm(s, forward, factor);
  } else {
    const Means means(s.activation, 1);
    forward.assign(s.depth, std::sqrt(means.variance()));
    factor.assign(s.depth, std::sqrt(squared_growth(s, means)));
  }
  std::vector<double> backward(s.depth, 1);
  for (Index l = s.depth - 1; l-- > 0;) backward[l] = backward[l + 1] * factor[l + 1];
  if (factor.front() == 0) backward.clear();
  return {{"forward", numbers(forward)}, {"backward", numbers(backward)}};
}

}  // namespace evenkeel::microscope
