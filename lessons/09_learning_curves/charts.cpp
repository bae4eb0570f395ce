// The charts of lesson 09.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learning_curves.hpp"

namespace learning_curves {

using namespace ek::lesson;

namespace {

const std::string about_resnet =
    fmt::format("{} on 2,000 images, batch 32, momentum 0.9", resnet_name);

bool trained(const Setting& s, const std::string& norm) {
  return std::find(s.norms.begin(), s.norms.end(), norm) != s.norms.end();
}

struct Measure {
  std::vector<double> OverSeeds::*of;
  std::string axis;
  double highest;
};

// Mean and range over seeds of those of `norms` that were trained.
ek::Chart panel(const Setting& s, const std::vector<Run>& runs, const Measure& measure,
                const std::string& title, const std::vector<std::string>& norms) {
  ek::Chart chart{title};
  chart.x_axis("learning rate", ek::Axis::log).y_axis(measure.axis).y_range(0, measure.highest);
  for (const std::string& norm : norms) {
    if (!trained(s, norm)) continue;
    std::vector<double> low, mean, high;
    for (double rate : s.rates) {
      std::vector<double> values = over_seeds(runs, norm, 0, rate).*measure.of;
      for (double& value : values) value = std::min(value, measure.highest);
      low.push_back(smallest_of(values));
      mean.push_back(mean_of(values));
      high.push_back(largest_of(values));
    }
    chart.band(s.rates, low, high, ek::colour::of(norm));
    chart.line(title_of(norm), s.rates, mean, ek::colour::of(norm));
  }
  return chart;
}

std::string title_by_rate(const Setting& s, const std::vector<Run>& runs) {
  ek::Index nothing_without = 0, without = 0, nothing_with = 0, with = 0;
  for (const std::string& norm : s.norms) {
    const OverSeeds cell = over_seeds(runs, norm, 0, s.rates.back());
    (norm == "none" ? nothing_without : nothing_with) += how_many_learn_nothing(cell);
    (norm == "none" ? without : with) += cell.loss.size();
  }
  return fmt::format("At rate {}, {} of {} ResNets learn nothing without a norm, {} of {} with one",
                     s.rates.back(), nothing_without, without, nothing_with, with);
}

ek::Figure figure_by_rate(const Setting& s, const std::vector<Run>& runs) {
  const std::vector<std::string> by_channel{"none", "batch", "group", "instance"};
  const std::vector<std::string> by_image{"none", "layer", "rms"};
  const Measure loss{&OverSeeds::loss, fmt::format("training loss, epoch {}", s.epochs), 3};
  const Measure accuracy{&OverSeeds::accuracy, "test accuracy, %", 100};
  ek::Figure figure(title_by_rate(s, runs),
                    fmt::format("{}, {} epochs; mean and range of {} seeds; losses cut off at 3",
                                about_resnet, s.epochs, s.seeds));
  figure.add(panel(s, runs, loss, "A σ for each channel or group", by_channel));
  figure.add(panel(s, runs, loss, "One σ for all channels", by_image));
  figure.add(panel(s, runs, accuracy, "", by_channel));
  figure.add(panel(s, runs, accuracy, "", by_image));
  return figure;
}

// A mean over the last ten batches: the curve without the batches' own differences.
std::vector<double> smoothed(const std::vector<double>& losses) {
  std::vector<double> means;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const std::size_t first = i < 9 ? 0 : i - 9;
    double sum = 0;
    for (std::size_t k = first; k <= i; ++k) sum += losses[k];
    means.push_back(sum / static_cast<double>(i - first + 1));
  }
  return means;
}

ek::Figure curves_figure(const Setting& s, const std::vector<Run>& runs) {
  constexpr double highest = 3;
  double last = 0;  // a diverged run ends early
  for (const Run& run : runs) last = std::max(last, static_cast<double>(run.losses.size()));
  ek::Figure figure(fmt::format("Loss while training, from learning rate {} (pale) to {} (dark)",
                                s.rates.front(), s.rates.back()),
                    fmt::format("{}; seed {}; mean of ten batches, cut off at 3", about_resnet,
                                runs.front().plan.seed),
                    3);
  for (const std::string& norm : s.norms) {
    ek::Chart chart{title_of(norm)};
    chart.x_axis("step").x_range(0, last).y_axis("training loss").y_range(0, highest);
    for (const Run& run : runs) {
      if (run.plan.norm != norm || run.plan.seed != runs.front().plan.seed) continue;
      const std::vector<double> losses = smoothed(run.losses);
      const auto at = std::find(s.rates.begin(), s.rates.end(), run.plan.rate) - s.rates.begin();
      const double share = static_cast<double>(at + 1) / static_cast<double>(s.rates.size());
      std::vector<double> steps, shown;
      for (std::size_t i = 0; i < losses.size() && std::isfinite(losses[i]); ++i) {
        steps.push_back(static_cast<double>(i));
        shown.push_back(std::min(losses[i], highest));
      }
      chart.line("", steps, shown, ek::mix({0xFFFFFF}, ek::colour::of(norm), share));
    }
    figure.add(chart);
  }
  return figure;
}

ek::Figure heat_figure(const Setting& s, const std::vector<Run>& runs) {
  ek::Figure figure(
      fmt::format("Of {} MLPs {} train without a norm, {} with BatchNorm",
                  s.depths.size() * s.mlp_rates.size(), how_many_train(s, runs, "none"),
                  how_many_train(s, runs, "batch")),
      fmt::format("digits, 64 wide, batch 32, momentum 0.9, {} epochs, mean of {} seeds; to train: "
                  "each over half right; ×: all diverged",
                  s.mlp_epochs, s.seeds),
      2);
  for (const std::string& norm : s.mlp_norms) {
    ek::HeatMap map;
    for (double rate : s.mlp_rates) map.columns.push_back(fmt::format("{}", rate));
    for (ek::Index depth : s.depths) map.rows.push_back(fmt::format("{}", depth));
    map.meaning = "test accuracy, %";
    for (ek::Index depth : s.depths) {
      for (double rate : s.mlp_rates) {
        const OverSeeds cell = over_seeds(runs, norm, depth, rate);
        const bool all_diverged = std::isinf(smallest_of(cell.loss));
        map.values.push_back(all_diverged ? NAN : mean_of(cell.accuracy));
      }
    }
    ek::Chart chart{title_of(norm)};
    chart.x_axis("learning rate").y_axis("hidden layers").heat_map(map);
    figure.add(chart);
  }
  return figure;
}

ek::Chart smoothness_chart(const Smoothnesses& smooth, std::vector<double> Smoothness::*which,
                           const std::string& title, const std::string& axis) {
  ek::Chart chart{title};
  chart.x_axis("step").y_axis(axis, ek::Axis::log);
  for (std::size_t n = 0; n < smoothness_norms.size(); ++n) {
    std::vector<ByLayer> runs;
    for (const Smoothness& s : smooth[n]) runs.push_back(s.*which);
    const Band band = band_over_seeds(runs);
    const ek::Colour colour = ek::colour::of(smoothness_norms[n]);
    chart.band(smooth[n][0].steps, band.low, band.high, colour);
    chart.line(title_of(smoothness_norms[n]), smooth[n][0].steps, band.median, colour);
  }
  return chart;
}

}  // namespace

void draw_all(Lesson& lesson, const Setting& s, const Results& results) {
  lesson.chart(figure_by_rate(s, results.resnets), "by_rate");
  lesson.chart(curves_figure(s, results.resnets), "curves");
  lesson.chart(heat_figure(s, results.mlps), "depth_and_rate");
  const double without = median_over_seeds(results.smooth.front(), 100, &Smoothness::beta);
  const double with = median_over_seeds(results.smooth.back(), 100, &Smoothness::beta);
  ek::Figure smooth(
      fmt::format("At step 100 the gradient changes {:.0f} times faster without a norm than with "
                  "BatchNorm",
                  without / with),
      fmt::format("MLP 6×64 on digits, batch 128, SGD 0.05; median and 5–95 % of {} seeds",
                  results.smooth[0].size()));
  smooth.add(smoothness_chart(results.smooth, &Smoothness::beta,
                              "β: how fast the gradient changes along itself", "β"));
  smooth.add(smoothness_chart(results.smooth, &Smoothness::range,
                              "How much the loss changes along it", "range of the loss"));
  lesson.chart(smooth, "smoothness");
}

}  // namespace learning_curves
