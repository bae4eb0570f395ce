// Scenarios that train: by several processes and, beside it, by one.

#include <filesystem>

#include "evenkeel/core/random.hpp"
#include "evenkeel/distributed/sync_batch_norm.hpp"
#include "evenkeel/models/vgg.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/train/trainer.hpp"
#include "training.hpp"

using namespace evenkeel;

namespace {

constexpr ImageShape shape{1, 6, 6};

// 50 images of three classes, told apart by where they are bright.
Samples images(std::uint64_t seed) {
  Random random(seed);
  Samples samples;
  samples.x = random.normal(36, 50);
  samples.classes = 3;
  samples.image = shape;
  for (Index i = 0; i < 50; ++i) {
    samples.labels.push_back(i % 3);
    samples.x.submat(12 * (i % 3), i, 12 * (i % 3) + 11, i) += Scalar(0.5);
  }
  return samples;
}

// Batches of 16, 16, 16 and 2: of the last, three or four processes have some with nothing.
struct Run {
  Communicator& all;
  Samples train = images(1), test = images(2);
  Random random{3};
  Vgg model;
  Sgd optimizer;
  Loader loader;

  /// The first parameters may be left as they are.
  explicit Run(Communicator& processes, double rate = 0.05, Index untrained = 0)
      : all(processes),
        model({shape, {4, 8}, 1, 3, {.norm = norm()}}, random),
        optimizer(all_but(untrained), {.learning_rate = rate, .momentum = 0.9}),
        loader(train, {.batch = 16, .flip = true, .share = all.share()}, 4) {}

  std::vector<Parameter*> all_but(Index first) {
    std::vector<Parameter*> parameters = model.parameters();
    parameters.erase(parameters.begin(), parameters.begin() + std::ptrdiff_t(first));
    return parameters;
  }

  MakeImageNorm norm() {
    return [this](ImageShape image) { return AnyLayer(SyncBatchNorm(all, image.channels)); };
  }

  std::vector<EpochReport> fit(TrainerOptions options) {
    options.progress = nullptr;
    options.processes = &all;
    Trainer trainer(model, optimizer, options);
    const std::vector<EpochReport> history = trainer.fit(loader, test);
    ended = trainer.ended();
    return history;
  }
  Ended ended = Ended::not_yet;
};

// Largest differences over eight seeds and two to four processes, in either precision: 3.6 eps, of
// the untrained gradients 20 eps.
constexpr double tolerance = 100 * double(machine_epsilon);

void require_near(const char* what, double got, double expected, double tolerance) {
  if (!(std::abs(got - expected) <= tolerance * std::max(1.0, std::abs(expected))))
    fail("scenario", fmt::format("{} is {}, in one process {}", what, got, expected));
}

void require_same(Run& mine, const std::vector<EpochReport>& history, Run& alone,
                  const std::vector<EpochReport>& expected) {
  if (history.size() != expected.size()) fail("scenario", "another number of epochs");
  for (std::size_t i = 0; i < history.size(); ++i) {
    require_near("the training loss", history[i].train.loss, expected[i].train.loss, tolerance);
    require_near("its accuracy", history[i].train.accuracy, expected[i].train.accuracy, tolerance);
    require_near("the test loss", history[i].test.loss, expected[i].test.loss, tolerance);
    require_near("its accuracy", history[i].test.accuracy, expected[i].test.accuracy, tolerance);
  }
  const auto got = mine.model.parameters(), wanted = alone.model.parameters();
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double off = double(arma::abs(got[i]->value - wanted[i]->value).max());
    require_near(got[i]->name.c_str(), off, 0, tolerance);
  }
  std::vector<double> bits;  // of all processes: the same
  for (const Parameter* p : got) bits.push_back(double(arma::accu(p->value)));
  const std::vector<double> everyones = mine.all.gather("the bits", bits);
  for (std::size_t i = 0; i < everyones.size(); ++i)
    if (everyones[i] != bits[i % bits.size()]) fail("scenario", "processes differ");
}

}  // namespace

void training_takes_the_same_path(Communicator& all) {
  const TrainerOptions options{.epochs = 4, .clip_norm = 1};
  Run mine(all), alone(one_process());
  const auto history = mine.fit(options), expected = alone.fit(options);
  require_same(mine, history, alone, expected);
  if (expected.back().train.loss > 0.7 * expected.front().train.loss)
    fail("scenario", "nothing was learned");
}

void training_of_a_part_takes_the_same_path(Communicator& all) {
  constexpr Index untrained = 3;
  Run mine(all, 0.05, untrained), alone(one_process(), 0.05, untrained);
  const auto history = mine.fit({.epochs = 4}), expected = alone.fit({.epochs = 4});
  require_same(mine, history, alone, expected);
  // Gradients that no step takes are nobody's to add up: each process has its share of their sum.
  // Added up, they would double in every step, to infinity.
  for (Index i = 0; i < untrained; ++i) {
    Matrix sum = mine.model.parameters()[i]->gradient;
    const Matrix& wanted = alone.model.parameters()[i]->gradient;
    all.sum("what nobody trains", std::span<Scalar>(sum.memptr(), sum.n_elem));
    require_near("an untrained gradient", double(arma::abs(sum - wanted).max()), 0,
                 tolerance * double(arma::abs(wanted).max()));
  }
}

void training_goes_on(Communicator& all, const std::string& file, Index epochs) {
  std::string own = file;  // on another machine
  if (!all.is_first()) own += fmt::format(".{}.{}", all.rank(), epochs);
  if (own != file && std::filesystem::exists(file)) std::filesystem::copy_file(file, own);
  const auto size = [&] {
    return std::filesystem::exists(own) ? file_size(std::filesystem::path(own)) : 0;
  };
  const auto before = size();
  all.barrier("copied");
  Run mine(all), alone(one_process());
  const auto history = mine.fit({.epochs = epochs, .checkpoint = own});
  if ((size() == before) == all.is_first()) fail("scenario", "process 0 alone should have written");
  require_same(mine, history, alone, alone.fit({.epochs = epochs}));
}

void training_diverges(Communicator& all) {
  Run mine(all, 1e30);
  const Matrix before = mine.model.parameters()[0]->value;
  const auto history = mine.fit({.epochs = 4});
  if (mine.ended != Ended::diverged || std::isfinite(history.back().train.loss))
    fail("scenario", "it did not diverge");
  if (history.size() == 1 &&
      !arma::approx_equal(mine.model.parameters()[0]->value, before, "absdiff", 0))
    fail("scenario", "it did not go back");
}
