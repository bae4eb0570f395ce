// Part 2 of lesson 07: a network with BatchNorm, trained on digits; how its evaluation goes wrong.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "train_vs_eval.hpp"

namespace train_vs_eval {

using namespace ek::lesson;

namespace {

ek::Mlp network(Momentum momentum, std::uint64_t seed) {
  return digits_mlp(
      [&](ek::ImageShape shape) { return ek::BatchNorm(shape.channels, {.momentum = momentum}); },
      seed);
}

/// The same weights with statistics taken anew: one pass over x in training mode, every batch
/// counts the same. No labels and no gradients are needed.
ek::Mlp recalibrated(ek::Mlp& model, const ek::Matrix& x) {
  ek::Mlp fresh = network({}, 0);
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

Diagnosis diagnose(std::string name, ek::Mlp& model, const ek::Samples& test,
                   const ek::Matrix& recalibrate_on) {
  Diagnosis found{.name = std::move(name)};
  ek::Mlp trained = model;  // a copy: training mode moves its statistics
  trained.train();
  found.batches = error_percent(trained, test, 64);
  ek::Mlp anew = recalibrated(model, recalibrate_on);
  found.recalibrated = error_percent(anew, test);
  model.eval();
  found.eval = error_percent(model, test);

  ek::Tape tape;
  const ek::Var z1 = model.layers[0](tape.constant(test.x));
  const ek::Var z2 = model.layers[1](relu(model.norms[0](z1)));
  found.sigma_1 = rms_of_normalized(z1.value(), model.norms[0]);
  found.sigma_2 = rms_of_normalized(z2.value(), model.norms[1]);
  return found;
}

ek::Samples sorted_by_class(const ek::Samples& samples) {
  std::vector<ek::Index> order(samples.size());
  std::iota(order.begin(), order.end(), ek::Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](ek::Index a, ek::Index b) { return samples.labels[a] < samples.labels[b]; });
  return ek::take(samples, order);
}

Curve train_with(ek::Mlp& model, const ek::Split& sets, Momentum momentum, std::uint64_t seed,
                 ek::Index epochs) {
  Curve curve{.momentum = momentum, .seed = seed};
  for (const ek::EpochReport& epoch : train(model, sets, {.epochs = epochs}, seed)) {
    curve.error.push_back(error_percent(epoch.test));
  }
  curve.weights = model.layers[0].weight.value;
  return curve;
}

}  // namespace

Patient examine(std::uint64_t seed, ek::Index epochs) {
  const ek::Split sets = split_digits(seed);
  Patient patient;
  const auto look = [&](std::string name, ek::Mlp& model, const ek::Samples& test) {
    patient.diagnoses.push_back(diagnose(std::move(name), model, test, sets.train.x));
  };

  ek::Mlp healthy = network(0.1, seed);
  patient.curves.push_back(train_with(healthy, sets, 0.1, seed, epochs));
  look("healthy: m = 0.1", healthy, sets.test);
  for (Momentum momentum : {Momentum(1.0), Momentum(0.01), Momentum(0.001), Momentum()}) {
    ek::Mlp model = network(momentum, seed);
    patient.curves.push_back(train_with(model, sets, momentum, seed, epochs));
    if (momentum == 1.0) look("the last batch only: m = 1", model, sets.test);
    if (momentum == 0.001) look("too few updates: m = 0.001", model, sets.test);
  }

  for (ek::Index batch : {4, 2}) {
    ek::Mlp small = network(0.1, seed);
    train(small, sets, {.batch = batch, .epochs = epochs}, seed);
    look("trained with batches of " + std::to_string(batch), small, sets.test);
  }

  ek::Samples faded = sets.test;  // half the contrast, half a σ brighter
  faded.x = ek::Scalar(0.5) * faded.x + ek::Scalar(0.5);
  patient.diagnoses.push_back(diagnose("test images faded: x/2 + 1/2", healthy, faded, faded.x));
  look("test samples sorted by class", healthy, sorted_by_class(sets.test));
  return patient;
}

}  // namespace train_vs_eval
