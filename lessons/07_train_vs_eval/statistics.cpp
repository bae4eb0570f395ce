// Part 1 of lesson 07: running statistics of random numbers, beside the formulas.

#include <cmath>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "train_vs_eval.hpp"

namespace train_vs_eval {

namespace {

constexpr ek::Index features = 2000;

// The layer's view of a batch, through its own door: a forward pass in training mode.
void see(ek::BatchNorm& norm, const ek::Matrix& x) {
  ek::Tape tape;
  norm(tape.constant(x));
}

}  // namespace

double Running::start_left(double t) const {
  return momentum ? std::pow(1 - *momentum, t) : t > 0 ? 0 : 1;
}

Running follow(Momentum momentum, ek::Index updates, std::uint64_t seed) {
  ek::Random random(seed);
  ek::BatchNorm norm(features, {.affine = false, .momentum = momentum});
  Running running{.momentum = momentum};
  running.one = {0};
  running.mean = {0};
  double squares = 0;
  ek::Index counted = 0;
  for (ek::Index t = 1; t <= updates; ++t) {
    see(norm, random.normal(features, running_batch) + ek::Scalar(true_mean));
    const ek::Matrix& mean = norm.running()->mean;
    const double over_features = arma::mean(arma::vectorise(mean));
    running.one.push_back(mean[0]);
    running.mean.push_back(over_features);
    if (t <= updates - updates / 4) continue;
    squares += arma::accu(arma::square(mean - ek::Scalar(over_features))) / double(features);
    ++counted;
  }
  running.noise = squares / static_cast<double>(counted);
  if (momentum) running.noise_theory = *momentum / (2 - *momentum) / double(running_batch);
  return running;
}

Gap measure_gap(ek::Index batch, std::uint64_t seed) {
  ek::Random random(seed);
  ek::BatchNorm norm(features, {.eps = 0, .affine = false, .momentum = {}});
  for (ek::Index t = 0; t < 1000; ++t) see(norm, random.normal(features, batch));
  Gap gap{.batch = batch};
  norm.update_statistics(false);
  constexpr ek::Index repeats = 100;
  for (ek::Index repeat = 0; repeat < repeats; ++repeat) {
    ek::Tape tape;
    const ek::Var x = tape.constant(random.normal(features, batch));
    norm.train();
    const ek::Var trained = norm(x);
    norm.eval();
    const ek::Var evaluated = norm(x);
    gap.measured += arma::accu(arma::square(trained.value() - evaluated.value()));
  }
  const double b = static_cast<double>(batch);
  gap.measured /= double(repeats * features) * b;
  const double ratio =
      std::exp(std::lgamma(b / 2) - std::lgamma((b - 1) / 2));  // Γ(B/2)/Γ((B−1)/2)
  gap.theory = 2 * (1 - std::sqrt(2 / b) * ratio);
  return gap;
}

}  // namespace train_vs_eval
