// lessons/run atlas: which norm trains under which placement, how deep, at which learning rate, with
// which optimizer. One table, atlas.csv, which every run goes on with; heat maps of it.
//
//   copy-3-back (lesson 14's task), no warm-up; a training trains if the mean loss of its last ten
//   steps is below half of what guessing gives

#include <atomic>
#include <charconv>
#include <mutex>

#include "atlas_table.hpp"
#include "copy_task.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/chart/progress.hpp"
#include "evenkeel/chart/table.hpp"
#include "lab.hpp"
#include "optimizers.hpp"
#include "stopping.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  std::vector<std::string> norms = {"layer", "rms", "dyt"};
  std::vector<std::string> placements = {"post", "pre", "deep", "keel"};
  std::vector<std::string> optimizers = names_of(all_optimizers());
  std::string layers, rates;  // empty: see below
  Index width = 32, steps = CopyTask::steps;
};

/// Of the AdamW beside Muon.
constexpr double rate_of_others = 0.01;

std::vector<double> rates_for(const std::string& optimizer) {
  if (optimizer == "sgd") return {0.02, 0.1, 0.5, 2.5};
  return {0.0025, 0.01, 0.04, 0.16};
}

/// "2,4,8"
std::vector<double> numbers_in(const std::string& option, const std::string& text) {
  std::vector<double> numbers;
  for (const char *at = text.data(), *end = at + text.size(); at < end; ++at) {
    const auto [rest, error] = std::from_chars(at, end, numbers.emplace_back());
    if (error != std::errc() || (rest != end && *rest != ',') || !(numbers.back() > 0))
      throw UsageError(
          fmt::format("--{} must be numbers above 0 with commas, got '{}'", option, text));
    at = rest;
  }
  return numbers;
}

/// Infinity where it diverged, NaN where the person stopped it.
double final_loss(const Trial& trial) {
  Random random(trial.seed);
  StackSetting s = CopyTask::setting(trial.layers);
  s.norm = trial.norm;
  s.width = trial.width;
  CopyTask task(by_name(all_schemes(), trial.placement), s, random);
  AdamWOptions adamw = CopyTask::adam;
  adamw.learning_rate = rate_of_others;
  adamw.weight_decay = 0;
  const Optimizers optimizers = make_optimizers(trial.optimizer, trial.rate,
                                                hidden_and_others(task, task.blocks), adamw);
  Tape tape;
  std::vector<double> losses;
  while (losses.size() < trial.steps) {
    if (stopped_by != 0) return NAN;
    const Var loss = task.loss(tape, random);
    losses.push_back(loss.value()[0]);
    if (!std::isfinite(losses.back())) return INFINITY;
    tape.backward(loss);
    for (const auto& optimizer : optimizers) optimizer->step();
  }
  return mean_of({losses.end() - 10, losses.end()});
}

/// Seed by seed, so that the whole map is there early; all depths of one cell after another, so that
/// the time left can be told.
std::vector<Trial> all_trials(const Lesson& lesson, const Setting& s) {
  const std::string depths = lesson.quick() ? "2,8" : "2,4,8,16";
  std::vector<Trial> trials;
  for (Index seed = 0; seed < lesson.seeds(); ++seed)
    for (const std::string& o : s.optimizers)
      for (const std::string& norm : s.norms)
        for (const std::string& placement : s.placements)
          for (double rate : s.rates.empty() ? rates_for(o) : numbers_in("rates", s.rates))
            for (double n : numbers_in("layers", s.layers.empty() ? depths : s.layers))
              trials.push_back({o, norm, placement, s.width, s.steps, Index(n), rate,
                                lesson.seed() + seed});
  return trials;
}

/// What the table lacks, on all cores.
void complete(AtlasTable& table, std::vector<Trial> trials) {
  const std::size_t wanted = trials.size();
  std::erase_if(trials, [&](const Trial& trial) { return table.has(trial); });
  fmt::print("{} trainings, {} of them in atlas.csv\n\n", wanted, wanted - trials.size());
  Progress progress("trainings", trials.size());
  std::mutex one_at_a_time;
  std::atomic<std::size_t> next = 0;
  std::size_t done = 0;
  auto written = std::chrono::steady_clock::now();
  parallel_blocks(trials.size(), 1, [&](std::size_t, std::size_t) {
    const Trial& trial = trials[next++];  // in this order
    const double loss = final_loss(trial);
    const std::lock_guard lock(one_at_a_time);
    if (stopped_by != 0) return;
    table.add(trial, loss);
    progress.update(++done);
    const auto now = std::chrono::steady_clock::now();
    if (now - written < std::chrono::seconds(5)) return;
    table.write();
    written = now;
  });
  progress.finish();
  table.write();
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  Lesson lesson("atlas", "Which norm trains where");
  lesson.option("norm", s.norms, feature_norm_names(), "which, separated by commas")
      .option("placement", s.placements, names_of(all_schemes()), "which, separated by commas")
      .option("optimizer", s.optimizers, names_of(all_optimizers()), "which, separated by commas")
      .option("layers", s.layers, "numbers of blocks (2,4,8,16; with --quick 2,8)")
      .option("rates", s.rates, "learning rates (four for each optimizer)")
      .option("width", s.width, 4, "features of a token, a multiple of 4")
      .option("steps", s.steps, 10, "of each training")
      .seeds(1, 1);
  const int code = lesson.run(argc, argv, [&] {
    catch_signals();
    AtlasTable table(lesson.folder() / "atlas.csv", CopyTask::guessing() / 2);
    table.read();
    const std::vector<Trial> trials = all_trials(lesson, s);
    complete(table, trials);
    lesson.wrote("atlas.csv");
  });
  return code == 0 && stopped_by != 0 ? 128 + stopped_by : code;
}
