// lessons/run atlas: which norm trains under which placement, how deep, at which rate, with which
// optimizer. One table, atlas.csv, which every run goes on with, and heat maps of it.
//
//   copy-3-back (lesson 14's task), no warm-up; a training trains if the mean loss of its last ten
//   steps is below half of what guessing gives

#include "atlas_table.hpp"
#include "copy_task.hpp"
#include "lab.hpp"
#include "maps.hpp"
#include "optimizers.hpp"
#include "stopping.hpp"
#include "training.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

/// Seed by seed, so that the whole map is there early.
std::vector<Trial> all_trials(const Lesson& lesson, const Setting& s) {
  std::vector<Trial> trials;
  for (Index seed = 0; seed < lesson.seeds(); ++seed)
    for (const std::string& optimizer : s.optimizers)
      for (const Panel& panel : panels_of(s, optimizer))
        for (const std::vector<Trial>& seeds : panel.cells(lesson, s))
          trials.push_back(seeds[seed]);
  return trials;
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  Lesson lesson("atlas", "Which norm trains where");
  lesson.option("norm", s.norms, feature_norm_names(), "which, separated by commas")
      .option("placement", s.placements, names_of(all_schemes()), "which, separated by commas")
      .option("optimizer", s.optimizers, names_of(all_optimizers()), "which, separated by commas")
      .option("layers", s.layers, "numbers of blocks (2,4,8,16; with --quick 2,4)")
      .option("rates", s.rates, "learning rates (four for each optimizer)")
      .option("width", s.width, 4, "features of a token, a multiple of 4")
      .option("steps", s.steps, 10, "of each training")
      .seeds(2, 1);
  const int code = lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("copy-3-back, width {}, {} steps, no warm-up", s.width, s.steps));
    if (std::ranges::any_of(s.layers, [](double n) { return n != std::floor(n); }))
      throw UsageError("--layers must be whole numbers");
    if (s.layers.empty())
      s.layers = lesson.quick() ? std::vector<double>{2, 4} : std::vector<double>{2, 4, 8, 16};
    AtlasTable table(lesson.folder() / "atlas.csv", CopyTask::guessing() / 2);
    table.read();
    const std::vector<Trial> trials = all_trials(lesson, s);
    const auto there = [&] {
      return std::ranges::count_if(trials, [&](const Trial& trial) { return table.has(trial); });
    };
    catch_signals();
    fmt::print("{} trainings, {} of them in atlas.csv. Ctrl-C stops, the same command goes on.\n\n",
               trials.size(), there());
    table.complete(trials, final_loss, lesson.progress());
    lesson.wrote("atlas.csv");
    if (!can_print()) return;
    if (stopped_by == 0) return report(lesson, s, table);
    fmt::print("  Stopped after {} of {} trainings\n\n", there(), trials.size());
  });
  return code == 0 && stopped_by != 0 ? 128 + stopped_by : code;
}
