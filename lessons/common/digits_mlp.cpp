#include "digits_mlp.hpp"

#include <cmath>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/data/digits.hpp"
#include "evenkeel/data/loader.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/optim/sgd.hpp"

namespace evenkeel::lesson {

Split split_digits(std::uint64_t seed) {
  Random random(seed);
  Split sets = split(digits(), 0.25, random);
  standardize(sets, Standardized::of_all);
  return sets;
}

namespace {

constexpr Index pixels = 64;
constexpr Index hidden = 128;
constexpr Index classes = 10;

LinearOptions he(Index in) {  // the norm's beta takes the place of the bias
  return {.bias = false, .sd = std::sqrt(2.0 / static_cast<double>(in))};
}

}  // namespace

DigitsMlp::DigitsMlp(const std::function<AnyLayer(Index)>& norm, Random& random)
    : first(pixels, hidden, random, he(pixels)),
      second(hidden, hidden, random, he(hidden)),
      last(hidden, classes, random),
      norm_1(norm(hidden)),
      norm_2(norm(hidden)) {}

Var DigitsMlp::operator()(Var x) {
  const Var h1 = relu(norm_1(first(x)));
  const Var h2 = relu(norm_2(second(h1)));
  return last(h2);
}

void DigitsMlp::members(Members& m) {
  m.module("first", first);
  m.module("norm_1", norm_1);
  m.module("second", second);
  m.module("norm_2", norm_2);
  m.module("last", last);
}

AnyLayer make_norm(const std::string& name, Index features) {
  if (name == "batch") return BatchNorm(features);
  if (name == "layer") return LayerNorm(features);
  if (name == "rms") return RmsNorm(features);
  if (name == "group") return GroupNorm(8, features);
  fail("make_norm", "there is no norm '" + name + "'");
}

void train(DigitsMlp& model, const Samples& samples, const Recipe& recipe, std::uint64_t seed,
           const std::function<void(Index)>& after_epoch) {
  // No background task: a lesson trains several networks at a time, one a thread.
  Loader loader(samples, {.batch = recipe.batch, .drop_last = true, .background = false}, seed);
  const double rate = recipe.rate * static_cast<double>(recipe.batch) / 32;
  const CosineSchedule schedule{.learning_rate = rate, .total = loader.batches() * recipe.epochs};
  Sgd optimizer(model.parameters(), {.learning_rate = rate, .momentum = recipe.momentum});
  Tape tape;
  Batch batch;
  for (Index epoch = 0; epoch < recipe.epochs; ++epoch) {
    loader.start(epoch);
    while (loader.next(batch)) {
      tape.rewind();
      model.zero_gradient();
      tape.backward(cross_entropy(model(tape.constant(batch.x)), batch.labels));
      optimizer.set_learning_rate(schedule(optimizer.steps()));
      optimizer.step();
    }
    if (after_epoch) after_epoch(epoch + 1);
  }
}

double error_percent(DigitsMlp& model, const Samples& samples, Index batch) {
  const Index at_once = batch == 0 ? samples.size() : batch;
  const Index batches = samples.size() / at_once;
  Tape tape;
  NoGrad no_grad(tape);
  Index wrong = 0;
  for (Index b = 0; b < batches; ++b) {
    tape.rewind();
    const Index first = b * at_once;
    const Var x = tape.constant(samples.x.cols(first, first + at_once - 1));
    const Matrix& logits = model(x).value();
    for (Index i = 0; i < at_once; ++i) {
      wrong += logits.col(i).index_max() != samples.labels[first + i];
    }
  }
  return 100.0 * static_cast<double>(wrong) / static_cast<double>(batches * at_once);
}

}  // namespace evenkeel::lesson
