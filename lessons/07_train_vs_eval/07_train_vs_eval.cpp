// 07 Train and eval: BatchNorm is two functions, and the second needs statistics.
//
//   training:   ŷ = (x − mean of the batch) / σ of the batch
//   evaluation: ŷ = (x − running mean) / running σ
//
// Part 1 follows running statistics of random numbers. Part 2 trains 64-128-128-10 on digits and
// looks at seven ways in which the two functions disagree.

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/chart/progress.hpp"
#include "seeds.hpp"
#include "train_vs_eval.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace train_vs_eval;

namespace {

void look_at_statistics(Result& r, std::uint64_t seed) {
  const std::vector<Momentum> momenta = {0.5, 0.1, 0.01, {}};
  const std::vector<ek::Index> batches = {2, 4, 8, 16, 32};
  r.running.resize(momenta.size());
  r.gaps.resize(batches.size());
  in_parallel(0, momenta.size(),
              [&](ek::Index i) { r.running[i] = follow(momenta[i], 800, seed); });
  in_parallel(0, batches.size(), [&](ek::Index i) { r.gaps[i] = measure_gap(batches[i], seed); });
}

void look_at_digits(Result& r, std::uint64_t seed) {
  r.patients.resize(r.seeds);
  ek::Progress progress("seeds", r.seeds);
  const ek::Index at_once = 2;
  for (ek::Index done = 0; done < r.seeds; done += at_once) {
    const ek::Index now = std::min(r.seeds, done + at_once);
    in_parallel(done, now, [&](ek::Index i) { r.patients[i] = examine(seed + i, r.epochs); });
    progress.update(now);
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  Result result;
  Lesson lesson("07_train_vs_eval", "BatchNorm's two functions, and how the second goes wrong");
  lesson.option("epochs", result.epochs, 1, "of each training").seeds(result.seeds, 2);

  return lesson.run(argc, argv, [&] {
    fmt::print(
        "07 Train and eval: digits, 64-128-128-10 with BatchNorm, SGD, batches of 32, {} "
        "epochs, {} seeds from {}; {}\n\n",
        result.epochs, result.seeds, lesson.seed(),
        lesson.quick() ? "a few seconds" : "some seconds");
    look_at_statistics(result, lesson.seed());
    look_at_digits(result, lesson.seed());
    print_tables(result);
    claim_all(lesson, result);
    write_tables(lesson, result);
    draw_all(lesson, result);
    lesson.try_next("lessons/run 07 --epochs 2");
  });
}
