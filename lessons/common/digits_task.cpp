#include "digits_task.hpp"

#include "evenkeel/data/digits.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/optim/sgd.hpp"

namespace evenkeel::lesson {

Split split_digits(std::uint64_t seed) {
  Random random(seed);
  Split sets = split(digits(), 0.25, random);
  standardize(sets, Standardized::of_all);
  return sets;
}

Mlp digits_mlp(const MakeImageNorm& norm, std::uint64_t seed) {
  Random random(seed);
  return Mlp({.widths = {64, 128, 128, 10}, .norm = norm}, random);
}

std::vector<EpochReport> train(Layer& model, const Split& sets, const Recipe& recipe,
                               std::uint64_t seed) {
  Loader loader(sets.train, {.batch = recipe.batch, .drop_last = true}, seed);
  const double rate = recipe.rate * static_cast<double>(recipe.batch) / 32;
  Sgd optimizer(model.parameters(), {.learning_rate = rate, .momentum = 0.9});
  const CosineSchedule schedule{.learning_rate = rate, .total = loader.batches() * recipe.epochs};
  Trainer trainer(model, optimizer,
                  {.epochs = recipe.epochs, .schedule = schedule, .progress = nullptr});
  return trainer.fit(loader, sets.test);
}

double error_percent(const Metrics& metrics) {
  return 100 * (1 - metrics.accuracy);
}

double error_percent(Layer& model, const Samples& samples, Index batch) {
  const Index at_once = batch == 0 ? samples.size() : batch;
  const Index batches = samples.size() / at_once;
  Tape tape;
  NoGrad no_grad(tape);
  Index correct = 0;
  for (Index b = 0; b < batches; ++b) {
    tape.rewind();
    const Index first = b * at_once;
    const Var x = tape.constant(samples.x.cols(first, first + at_once - 1));
    const std::vector<Index> labels(samples.labels.begin() + std::ptrdiff_t(first),
                                    samples.labels.begin() + std::ptrdiff_t(first + at_once));
    correct += correct_predictions(model(x).value(), labels);
  }
  return 100 * (1 - static_cast<double>(correct) / static_cast<double>(batches * at_once));
}

}  // namespace evenkeel::lesson
