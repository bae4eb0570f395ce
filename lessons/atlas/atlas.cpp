// lessons/run atlas: which norm trains under which placement, how deep, at which learning rate, with
// which optimizer. One table, atlas.csv, which every run goes on with, and heat maps of it.
//
//   copy-3-back (lesson 14's task), no warm-up; a training trains if the mean loss of its last ten
//   steps is below half of what guessing gives

#include "atlas_table.hpp"
#include "copy_task.hpp"
#include "lab.hpp"
#include "optimizers.hpp"
#include "stopping.hpp"
#include "training.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  std::vector<std::string> norms = {"layer", "dyt"};
  std::vector<std::string> placements = {"post", "pre", "deep", "keel"};
  std::vector<std::string> optimizers = names_of(all_optimizers());
  std::vector<double> layers, rates;  // empty: see main and rates_of
  Index width = 32, steps = CopyTask::steps;
};

std::vector<double> rates_of(const Setting& s, const std::string& optimizer) {
  if (!s.rates.empty()) return s.rates;
  if (optimizer == "sgd") return {0.004, 0.02, 0.1, 0.5};
  if (optimizer == "adamw") return {0.0006, 0.0025, 0.01, 0.04};
  return {0.0025, 0.01, 0.04, 0.16};
}

/// One norm under one placement with one optimizer: a row for each depth, in it each learning rate.
struct Panel {
  std::string optimizer, norm, placement;

  /// The seeds of each cell.
  std::vector<std::vector<Trial>> cells(const Lesson& lesson, const Setting& s) const {
    std::vector<std::vector<Trial>> all;
    for (double layers : s.layers) {
      for (double rate : rates_of(s, optimizer)) {
        all.emplace_back();
        for (Index i = 0; i < lesson.seeds(); ++i)
          all.back().push_back({optimizer, norm, placement, s.width, s.steps, Index(layers), rate,
                                lesson.seed() + i});
      }
    }
    return all;
  }
};

std::vector<Panel> panels_of(const Setting& s, const std::string& optimizer) {
  std::vector<Panel> panels;
  for (const std::string& norm : s.norms)
    for (const std::string& placement : s.placements)
      panels.push_back({optimizer, norm, placement});
  return panels;
}

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

double share_that_trains(const AtlasTable& table, const std::vector<Trial>& seeds) {
  const auto trains = [&](const Trial& trial) { return table.trains(trial); };
  return double(std::ranges::count_if(seeds, trains)) / double(seeds.size());
}

/// The same colours in every panel; × where every seed diverged.
Chart draw(const Lesson& lesson, const Setting& s, const AtlasTable& table, const Panel& panel) {
  const std::vector<double> rates = rates_of(s, panel.optimizer);
  Grid grid{rates.size(), s.layers.size(), {}, {}, {}, {}};
  for (double rate : rates) grid.across.push_back(fmt::format("{}", rate));
  for (double layers : s.layers) grid.down.push_back(fmt::format("{}", layers));
  for (const std::vector<Trial>& seeds : panel.cells(lesson, s)) {
    const double share = share_that_trains(table, seeds);
    const bool diverged =
        std::ranges::all_of(seeds, [&](const Trial& t) { return std::isinf(table.loss(t)); });
    grid.colours.push_back(diverged ? colour::diverged : colour::heat_at(share));
    grid.words.push_back(diverged ? "×" : fmt::format("{:.2g}", share));
  }
  Chart chart(by_name(all_norms(), panel.norm).title + ", " +
              by_name(all_schemes(), panel.placement).title);
  return chart.x_axis("learning rate").y_axis("blocks").cells(grid);
}

/// LayerNorm and AdamW at 0.01: none or all of 16 other seeds (1000 to 1015).
const Bands known = {
    {"share that trains, post-norm, 4 blocks", between(0, 0, "none of 16 seeds")},
    {"share that trains, post-norm, 8 blocks", between(0, 0, "none of 16 seeds")},
    {"share that trains, pre-norm, 4 blocks", between(1, 1, "all of 16 seeds")},
    {"share that trains, pre-norm, 8 blocks", between(1, 1, "all of 16 seeds")},
    {"share that trains, DeepNorm, 4 blocks", between(1, 1, "all of 16 seeds")},
    {"share that trains, DeepNorm, 8 blocks", between(1, 1, "all of 16 seeds")},
    {"share that trains, Keel, 4 blocks", between(1, 1, "all of 16 seeds")},
    {"share that trains, Keel, 8 blocks", between(1, 1, "all of 16 seeds")},
};

void report(Lesson& lesson, const Setting& s, const AtlasTable& table) {
  for (const std::string& optimizer : s.optimizers) {
    Figure maps("Where " + by_name(all_optimizers(), optimizer).title + " trains: share of seeds",
                lesson.setting().substr(0, lesson.setting().find(';')),
                std::min<std::size_t>(s.placements.size(), 4));
    for (const Panel& panel : panels_of(s, optimizer)) {
      maps.add(draw(lesson, s, table, panel));
      if (optimizer != "adamw" || panel.norm != "layer") continue;
      for (const std::vector<Trial>& seeds : panel.cells(lesson, s)) {
        if (seeds[0].rate == 0.01 && (seeds[0].layers == 4 || seeds[0].layers == 8))
          lesson.claim("share that trains", by_name(all_schemes(), panel.placement),
                       {share_that_trains(table, seeds)}, known,
                       fmt::format(", {} blocks", seeds[0].layers));
      }
    }
    lesson.chart(maps, optimizer);
  }
  lesson.try_next(lesson.quick()
                      ? "lessons/run atlas"
                      : "lessons/run atlas --placement post,pre,peri,deep,keel --seeds 5");
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
    const auto is_there = [&](const Trial& trial) { return table.has(trial); };
    fmt::print("{} trainings, {} of them in atlas.csv\n\n", trials.size(),
               std::ranges::count_if(trials, is_there));
    catch_signals();
    table.complete(trials, final_loss, lesson.progress());
    lesson.wrote("atlas.csv");
    if (stopped_by == 0) return report(lesson, s, table);
    fmt::print("Stopped. The same command goes on.\n");
  });
  return code == 0 && stopped_by != 0 ? 128 + stopped_by : code;
}
