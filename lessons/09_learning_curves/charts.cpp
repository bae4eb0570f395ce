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

ek::Chart accuracy_chart(const Setting& s, const std::vector<Run>& runs) {
  ek::Chart chart{
      fmt::format("Without a norm the ResNet trains up to learning rate {}, with BatchNorm "
                  "up to {} at least",
                  largest_rate(runs, "none"), largest_rate(runs, "batch")),
      fmt::format("{}, {} epochs; to train: more than half right", about_resnet, s.epochs)};
  chart.x_axis("learning rate", ek::Axis::log).y_axis("test accuracy, %").y_range(0, 100);
  for (const std::string& norm : s.norms) {
    std::vector<double> rates, accuracy;
    for (const Run& run : runs) {
      if (run.plan.norm != norm) continue;
      rates.push_back(run.plan.rate);
      accuracy.push_back(100 * run.accuracy());
    }
    chart.line(title_of(norm), rates, accuracy, ek::colour::of(norm));
  }
  return chart;
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
  ek::Figure figure(fmt::format("Loss while training, from learning rate {} (pale) to {} (dark)",
                                s.rates.front(), s.rates.back()),
                    fmt::format("{}; mean of ten batches, cut off at 3", about_resnet), 3);
  for (const std::string& norm : s.norms) {
    ek::Chart chart{title_of(norm)};
    chart.x_axis("step").y_axis("training loss").y_range(0, highest);
    for (const Run& run : runs) {
      if (run.plan.norm != norm) continue;
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
                  s.depths.size() * s.mlp_rates.size(), how_many_train(runs, "none"),
                  how_many_train(runs, "batch")),
      fmt::format("digits, 64 wide, batch 32, momentum 0.9, {} epochs; ×: no number", s.mlp_epochs),
      2);
  for (const std::string& norm : s.mlp_norms) {
    ek::HeatMap map;
    for (double rate : s.mlp_rates) map.columns.push_back(fmt::format("{}", rate));
    for (ek::Index depth : s.depths) map.rows.push_back(fmt::format("{}", depth));
    map.meaning = "test accuracy, %";
    for (const Run& run : runs) {
      if (run.plan.norm != norm) continue;
      const bool finite = std::isfinite(run.epochs.back().test.loss);
      map.values.push_back(finite ? 100 * run.accuracy() : NAN);
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
  lesson.chart(accuracy_chart(s, results.resnets), "accuracy_by_rate");
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
