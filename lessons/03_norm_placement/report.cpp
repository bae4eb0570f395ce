// What lesson 03 claims, writes and draws.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "placement.hpp"

namespace placement {

using namespace ek::lesson;

// Theory: a normalized signal has σ 1. Post-norm: relu comes next, so σ is √(½ − 1/2π). Pre-norm: W
// comes next and multiplies by s·√n before relu.
double theory(const Setting& s, Placement placement) {
  const double relu_sigma = std::sqrt(0.5 - 0.5 / std::numbers::pi);
  const double before_relu =
      placement == Placement::pre ? s.weight_scale * std::sqrt(static_cast<double>(s.width)) : 1.0;
  return before_relu * relu_sigma;
}

namespace {

std::vector<ByLayer> series(const std::vector<Run>& runs, ByLayer Run::*which) {
  std::vector<ByLayer> all;
  for (const Run& run : runs) all.push_back(run.*which);
  return all;
}

ek::Chart chart_of(const Setting& s, const Studies& studies, ByLayer Run::*which, std::string title,
                   std::string subtitle, std::string axis) {
  const std::vector<double> layers = counted(s.layers);
  ek::Chart chart{std::move(title), std::move(subtitle)};
  chart.x_axis("layer").y_axis(std::move(axis));
  for (Placement placement : placements) {
    const int p = static_cast<int>(placement);
    const Band band = band_over_seeds(series(studies[p], which));
    chart.band(layers, band.low, band.high, colours[p]);
    chart.line(titles[p], layers, studies[p].front().*which, colours[p]);
    if (which == &Run::activation) {
      chart.theory("theory", layers, ByLayer(s.layers, theory(s, placement)));
    }
  }
  return chart;
}

struct Interval {
  double low, high;
};

// Where σ of every layer must lie for 99 of 100 seeds, from 3,000 simulated ones.
Interval sigma_band(const std::string& norm, Placement placement) {
  const bool post = placement == Placement::post;
  if (norm == "layer") return post ? Interval{0.499, 0.667} : Interval{0.871, 1.113};
  return post ? Interval{0.558, 0.629} : Interval{0.895, 1.131};
}

// … and the growth of σ of the gradient by one layer, from the same seeds.
Interval gradient_band(const std::string& norm, Placement placement) {
  const bool post = placement == Placement::post;
  if (norm == "layer") return post ? Interval{0.898, 1.114} : Interval{1.196, 1.352};
  return post ? Interval{1.174, 1.275} : Interval{1.185, 1.302};
}

double gradient_growth(const Run& run) {
  return 1 / geometric_growth(run.gradient);
}

void claim_placement(Lesson& lesson, const Setting& s, Placement placement, const Run& run,
                     const std::string& norm) {
  const bool post = placement == Placement::post;
  const auto [low, high] = std::minmax_element(run.activation.begin(), run.activation.end());
  const Interval band = sigma_band(norm, placement);
  const char* const title = titles[static_cast<int>(placement)];
  lesson.claim({fmt::format("σ in all layers, {}", title), *low, *high, band.low, band.high,
                fmt::format("theory {} = {:.3f}", post ? "√(½ − 1/2π)" : "s·√n·√(½ − 1/2π)",
                            theory(s, placement)),
                ek::Digits::significant(3), s == Setting{}});

  const double growth = gradient_growth(run);
  const Interval growth_band = gradient_band(norm, placement);
  const bool grows = norm == "batch" || !post;
  lesson.claim({fmt::format("growth of the gradient, {}", title), growth, growth, growth_band.low,
                growth_band.high, grows ? "theory for wide layers √(π/(π−1)) = 1.21" : "theory 1",
                ek::Digits::significant(3), s == Setting{}});
}

}  // namespace

void claim_all(Lesson& lesson, const Setting& s, const std::string& norm, const Studies& studies) {
  for (Placement placement : placements) {
    const Run& run = studies[static_cast<int>(placement)].front();
    if (norm == "layer" || norm == "batch") {
      claim_placement(lesson, s, placement, run, norm);
    }
  }
}

void write_tables(Lesson& lesson, const std::string& norm, const Studies& studies) {
  const std::vector<double> layers = counted(studies[0].front().activation.size());
  lesson.csv("activation_std", {{"layer", layers},
                                {"post_norm", studies[0].front().activation},
                                {"pre_norm", studies[1].front().activation}});
  lesson.csv("gradient_std", {{"layer", layers},
                              {"post_norm", studies[0].front().gradient},
                              {"pre_norm", studies[1].front().gradient}});
  ek::CsvWriter seeds(lesson.folder() / "seeds.csv", {"seed", "norm", "placement", "last_std"});
  for (std::size_t p = 0; p < studies.size(); ++p) {
    for (std::size_t i = 0; i < studies[p].size(); ++i) {
      seeds.row({lesson.seed() + i, norm, titles[p], studies[p][i].activation.back()});
    }
  }
  seeds.close();
  lesson.wrote("seeds.csv");
}

void draw_all(Lesson& lesson, const Setting& s, const Studies& studies, const std::string& about) {
  const std::string subtitle = fmt::format("{}; pale: {} seeds, 5–95 %", about, studies[0].size());
  std::vector<double> pre_growths;
  for (const Run& run : studies[1]) pre_growths.push_back(gradient_growth(run));
  const ek::Chart activations = chart_of(
      s, studies, &Run::activation,
      fmt::format("Post-norm fixes σ after the ReLU at 0.58, pre-norm leaves it to the weights "
                  "({:.2f})",
                  theory(s, Placement::pre)),
      subtitle, "σ of the activations");
  lesson.chart(activations, "activation_std");
  lesson.live([&] { return activations; });
  lesson.chart(
      chart_of(s, studies, &Run::gradient,
               fmt::format("On its way back the gradient grows {:.2f}× a layer under pre-norm",
                           mean_of(pre_growths)),
               subtitle, "σ of ∂loss/∂h"),
      "gradient_std");
}

}  // namespace placement
