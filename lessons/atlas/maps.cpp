#include "maps.hpp"

namespace evenkeel::lesson {

namespace {

std::vector<double> rates_of(const Setting& s, const std::string& optimizer) {
  if (!s.rates.empty()) return s.rates;
  if (optimizer == "sgd") return {0.004, 0.02, 0.1, 0.5};
  if (optimizer == "adamw") return {0.0006, 0.0025, 0.01, 0.04};
  return {0.0025, 0.01, 0.04, 0.16};
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

/// LayerNorm and AdamW at 0.01: none or all of 16 other seeds, which a share beyond 0.05^(1/16) =
/// 0.83 makes as likely as 5 %.
const Band few = between(0, 0.17, "none of 16 seeds"), most = between(0.83, 1, "all of 16 seeds");
const Bands known = {
    {"share that trains, post-norm, 8 blocks", few},
    {"share that trains, pre-norm, 4 blocks", most},
    {"share that trains, pre-norm, 8 blocks", most},
    {"share that trains, DeepNorm, 4 blocks", most},
    {"share that trains, DeepNorm, 8 blocks", most},
    {"share that trains, Keel, 4 blocks", most},
    {"share that trains, Keel, 8 blocks", most},
};

}  // namespace

std::vector<std::vector<Trial>> Panel::cells(const Lesson& lesson, const Setting& s) const {
  std::vector<std::vector<Trial>> all;
  for (double layers : s.layers) {
    for (double rate : rates_of(s, optimizer)) {
      all.emplace_back();
      for (Index i = 0; i < lesson.seeds(); ++i)
        all.back().push_back(
            {optimizer, norm, placement, s.width, s.steps, Index(layers), rate, lesson.seed() + i});
    }
  }
  return all;
}

std::vector<Panel> panels_of(const Setting& s, const std::string& optimizer) {
  std::vector<Panel> panels;
  for (const std::string& norm : s.norms)
    for (const std::string& placement : s.placements)
      panels.push_back({optimizer, norm, placement});
  return panels;
}

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

}  // namespace evenkeel::lesson
