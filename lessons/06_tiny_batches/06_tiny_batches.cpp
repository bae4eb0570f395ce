// 06 Tiny batches: what BatchNorm does when there are few samples to take statistics from.
//
// Part 1 looks at random numbers: what becomes of two samples, and how noisy B samples are. Part 2
// trains 64-128-128-10 on handwritten digits with batches of 32 … 2, and a small
// convolutional network with batches of 32 … 1.

#include <fmt/format.h>

#include <algorithm>

#include "digits_task.hpp"
#include "evenkeel/chart/progress.hpp"
#include "evenkeel/models/vgg.hpp"
#include "seeds.hpp"
#include "tiny_batches.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace tiny_batches;

namespace {

double moved(const ek::Matrix& from, const ek::Matrix& to) {
  return arma::norm(to - from, "fro") / arma::norm(from, "fro");
}

void train_mlp(Training& run, const ek::Split& sets, ek::Index epochs) {
  ek::Mlp model = digits_mlp(ek::image_norm(run.norm), run.seed);
  const ek::Matrix first = model.layers.front().weight.value;
  const ek::Matrix last = model.layers.back().weight.value;
  const ek::EpochReport end =
      train(model, sets, {.batch = run.batch, .epochs = epochs}, run.seed).back();
  run.test_error = error_percent(end.test);
  run.moved_first = moved(first, model.layers.front().weight.value);
  run.moved_last = moved(last, model.layers.back().weight.value);
}

void train_cnn(Training& run, const ek::Split& sets, ek::Index epochs) {
  ek::Random random(run.seed);
  ek::Vgg model({.in = sets.train.image,
                 .widths = {8, 16, 32},
                 .convs_per_stage = 1,
                 .conv = {.norm = ek::image_norm(run.norm)}},
                random);
  const ek::EpochReport end =
      train(model, sets, {.batch = run.batch, .epochs = epochs}, run.seed).back();
  run.test_error = error_percent(end.test);
  model
      .train();  // so that BatchNorm takes the statistics of each batch, as it did while it learned
  run.own_error = error_percent(model, sets.test, run.batch);
}

void list_trainings(Result& r, std::uint64_t seed) {
  for (Network network : {Network::mlp, Network::cnn}) {
    for (const std::string& norm : r.norms) {
      for (ek::Index batch : network == Network::mlp ? r.batches : r.cnn_batches) {
        for (ek::Index i = 0; i < r.seeds; ++i) {
          r.trainings.push_back({network, norm, batch, seed + i});
        }
      }
    }
  }
}

// The smallest batches take longest: they come first, so that the threads end together.
void train_all(Result& r, std::uint64_t seed) {
  std::vector<Training*> order;
  for (Training& run : r.trainings) order.push_back(&run);
  std::stable_sort(order.begin(), order.end(),
                   [](const Training* a, const Training* b) { return a->batch < b->batch; });
  std::vector<ek::Split> sets;
  for (ek::Index i = 0; i < r.seeds; ++i) sets.push_back(split_digits(seed + i));
  ek::Progress progress("networks", order.size());
  const ek::Index at_once = 8;
  for (ek::Index done = 0; done < order.size(); done += at_once) {
    const ek::Index now = std::min<ek::Index>(order.size(), done + at_once);
    in_parallel(done, now, [&](ek::Index i) {
      Training& run = *order[i];
      const ek::Split& own = sets[run.seed - seed];
      if (run.network == Network::mlp) {
        train_mlp(run, own, r.epochs);
      } else {
        train_cnn(run, own, r.epochs);
      }
    });
    progress.update(now);
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  Result result;
  Lesson lesson("06_tiny_batches", "BatchNorm when there are few samples in a batch");
  lesson
      .option("norm", result.norms, {"batch", "group", "layer", "rms"},
              "which norms, separated by commas")
      .option("epochs", result.epochs, 1, "of each training")
      .seeds(result.seeds, 2);

  return lesson.run(argc, argv, [&] {
    if (lesson.quick()) {
      result.batches = {32, 2};
      result.cnn_batches = {2, 1};
    }
    fmt::print(
        "06 Tiny batches: digits, 64-128-128-10 and three convolutions of 8, 16, 32 channels, SGD "
        "with momentum 0.9 and rate 0.05·B/32, {} epochs, {} seeds from {}; {}\n\n",
        result.epochs, result.seeds, lesson.seed(),
        lesson.quick() ? "a few seconds" : "about half a minute");
    result.two = look_at_two_samples(lesson.seed());
    for (ek::Index batch : {2, 4, 8, 16, 32}) {
      result.noise.push_back(measure_noise(batch, lesson.seed()));
    }
    list_trainings(result, lesson.seed());
    train_all(result, lesson.seed());
    print_tables(result);
    claim_all(lesson, result);
    write_tables(lesson, result);
    draw_all(lesson, result);
    lesson.try_next("lessons/run 06 --norm batch,rms --epochs 20");
  });
}
