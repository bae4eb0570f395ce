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
  if (batch == 0) batch = samples.size();
  Loader loader(samples, {.batch = batch, .shuffle = false, .drop_last = true}, 0);
  loader.start(0);
  Tape tape;
  NoGrad no_grad(tape);
  Index correct = 0;
  for (Batch seen; loader.next(seen); tape.rewind())
    correct += correct_predictions(model(tape.constant(seen.x)).value(), seen.labels);
  return 100 * (1 - static_cast<double>(correct) / static_cast<double>(loader.batches() * batch));
}

}  // namespace evenkeel::lesson
