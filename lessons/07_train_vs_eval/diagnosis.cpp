// Part 2 of lesson 07: one network with BatchNorm, trained on digits, and how its evaluation goes wrong.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "train_vs_eval.hpp"

namespace train_vs_eval {

using namespace ek::lesson;

namespace {

DigitsMlp network(Momentum momentum, std::uint64_t seed) {
  ek::Random random(seed);
  return DigitsMlp(
      [&](ek::Index features) { return ek::BatchNorm(features, {.momentum = momentum}); }, random);
}

/// The same weights with statistics taken anew: one pass over x in training mode, every batch counts
/// the same. No labels and no gradients are needed.
DigitsMlp recalibrated(DigitsMlp& model, const ek::Matrix& x) {
  DigitsMlp fresh = network({}, 0);
  const std::vector<ek::Parameter*> from = model.parameters();
  const std::vector<ek::Parameter*> to = fresh.parameters();
  for (std::size_t i = 0; i < to.size(); ++i) to[i]->value = from[i]->value;

  constexpr ek::Index batch = 64;
  ek::Tape tape;
  ek::NoGrad no_grad(tape);
  for (ek::Index first = 0; first + batch <= x.n_cols; first += batch) {
    tape.rewind();
    fresh(tape.constant(x.cols(first, first + batch - 1)));
  }
  fresh.eval();
  return fresh;
}

// rms of ŷ in evaluation: of z = W x by the running statistics.
double rms_of_normalized(const ek::Matrix& z, ek::AnyLayer& norm) {
  const ek::RunningStats& running = *dynamic_cast<ek::BatchNorm&>(norm.layer()).running();
  double squares = 0;
  for (ek::Index i = 0; i < z.n_rows; ++i) {
    const ek::Matrix off = z.row(i) - running.mean[i];
    squares += arma::accu(arma::square(off)) / (running.variance[i] + 1e-5);
  }
  return std::sqrt(squares / static_cast<double>(z.n_elem));
}

Diagnosis diagnose(std::string name, DigitsMlp& model, const ek::Samples& test,
                   const ek::Matrix& recalibrate_on) {
  Diagnosis found{.name = std::move(name)};
  DigitsMlp trained = model;  // a copy: training mode moves its statistics
  trained.train();
  found.batches = error_percent(trained, test, 64);
  DigitsMlp anew = recalibrated(model, recalibrate_on);
  found.recalibrated = error_percent(anew, test);
  model.eval();
  found.eval = error_percent(model, test);

  ek::Tape tape;
  const ek::Var z1 = model.first(tape.constant(test.x));
  const ek::Var z2 = model.second(relu(model.norm_1(z1)));
  found.sigma_1 = rms_of_normalized(z1.value(), model.norm_1);
  found.sigma_2 = rms_of_normalized(z2.value(), model.norm_2);
  return found;
}

ek::Samples sorted_by_class(const ek::Samples& samples) {
  std::vector<ek::Index> order(samples.size());
  std::iota(order.begin(), order.end(), ek::Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](ek::Index a, ek::Index b) { return samples.labels[a] < samples.labels[b]; });
  return ek::take(samples, order);
}

Curve train_with(DigitsMlp& model, const ek::Split& sets, Momentum momentum, std::uint64_t seed,
                 ek::Index epochs) {
  Curve curve{.momentum = momentum, .seed = seed};
  train(model, sets.train, {.epochs = epochs}, seed, [&](ek::Index) {
    model.eval();
    curve.error.push_back(error_percent(model, sets.test));
    model.train();
  });
  curve.weights = model.first.weight.value;
  return curve;
}

}  // namespace

Patient examine(std::uint64_t seed, ek::Index epochs) {
  const ek::Split sets = split_digits(seed);
  Patient patient;
  const auto look = [&](std::string name, DigitsMlp& model, const ek::Samples& test) {
    patient.diagnoses.push_back(diagnose(std::move(name), model, test, sets.train.x));
  };

  DigitsMlp healthy = network(0.1, seed);
  patient.curves.push_back(train_with(healthy, sets, 0.1, seed, epochs));
  look("healthy: m = 0.1", healthy, sets.test);
  for (Momentum momentum : {Momentum(1.0), Momentum(0.01), Momentum(0.001), Momentum()}) {
    DigitsMlp model = network(momentum, seed);
    patient.curves.push_back(train_with(model, sets, momentum, seed, epochs));
    if (momentum == 1.0) look("the last batch only: m = 1", model, sets.test);
    if (momentum == 0.001) look("too few updates: m = 0.001", model, sets.test);
  }

  for (ek::Index batch : {4, 2}) {
    DigitsMlp small = network(0.1, seed);
    train(small, sets.train, {.batch = batch, .epochs = epochs}, seed);
    look("trained with batches of " + std::to_string(batch), small, sets.test);
  }

  ek::Samples faded = sets.test;  // half the contrast, half a σ brighter
  faded.x = ek::Scalar(0.5) * faded.x + ek::Scalar(0.5);
  patient.diagnoses.push_back(diagnose("test images faded: x/2 + 1/2", healthy, faded, faded.x));
  look("test samples sorted by class", healthy, sorted_by_class(sets.test));
  return patient;
}

}  // namespace train_vs_eval
