// The charts of lesson 01.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explosion.hpp"

namespace explosion {

using namespace ek::lesson;

namespace {

constexpr double known_last_sigma =
    46'932.86;  // of the first run, layer 9: this lesson began with it

std::string norms_of(const std::vector<Study>& studies) {
  std::string names;
  for (const Study& study : studies) {
    if (study.norm.name != "none") names += (names.empty() ? "" : ", ") + study.norm.title;
  }
  return names;
}

// The title states what was measured, whatever the setting was.
std::string activation_title(const std::vector<Study>& studies) {
  const Study& first = studies.front();
  if (first.norm.name != "none") return "σ of the activations with " + norms_of(studies);
  const double growth = mean_of(first.growths());
  if (growth > 1.1 || growth < 0.9) {
    return fmt::format("Without normalization σ {} {:.2g}× a layer",
                       growth > 1 ? "grows" : "shrinks", growth > 1 ? growth : 1 / growth);
  }
  return "At this weight scale σ holds without normalization too";
}

std::string gradient_title(const std::vector<Study>& studies) {
  for (const Study& study : studies) {
    if (study.norm.name != "batch") continue;
    const double growth = 1 / geometric_growth(study.runs.front().gradient);
    return fmt::format("Under BatchNorm the gradient still grows {:.2f}× a layer on its way back",
                       growth);
  }
  return "σ of the gradient on its way back";
}

std::string with_band(const std::string& setting, std::size_t seeds) {
  return seeds < 2 ? setting : fmt::format("{}; pale: 5–95 % of {} seeds", setting, seeds);
}

ek::Chart gradient_chart(const std::vector<Study>& studies, const Setting& s, std::uint64_t seed) {
  const std::vector<double> layers = counted(s.layers);
  ek::Chart chart{gradient_title(studies),
                  with_band(describe(s, seed), studies.front().runs.size())};
  chart.x_axis("layer").y_axis("σ of ∂loss/∂h", ek::Axis::log);
  for (const Study& study : studies) {
    const Band band = band_over_seeds(study.gradients());
    if (study.runs.size() > 1) chart.band(layers, band.low, band.high, study.norm.colour);
    chart.line(study.norm.title, layers, study.runs.front().gradient, study.norm.colour);
    if (study.norm.name != "none") continue;
    ByLayer theory(s.layers, 1.0);  // the upstream gradient at the top has σ = 1
    for (std::size_t layer = s.layers - 1; layer-- > 0;) {
      theory[layer] = theory[layer + 1] * theory_growth(s);
    }
    chart.theory("theory", layers, theory);
  }
  return chart;
}

// log₁₀ σ of the last layer over all seeds. Too few seeds make no histogram.
ek::Chart seeds_chart(const Study& none) {
  std::vector<double> logs;
  for (double sigma : none.last_sigmas()) logs.push_back(std::log10(sigma));
  const double percentile = percentile_of(none.last_sigmas(), known_last_sigma);
  ek::Chart chart{
      percentile == 100 ? fmt::format("The first run is above all {} seeds", logs.size())
                        : fmt::format("The first run is above {:.0f} % of the seeds", percentile),
      fmt::format("σ after layer 9 without normalization, {} seeds; typical is {}", logs.size(),
                  ek::format_number(median_of(none.last_sigmas()), ek::Digits::significant(2)))};
  chart.x_axis("log₁₀ σ of the last layer").y_axis("density");
  chart.histogram("", ek::histogram_of(logs, 20), none.norm.colour);
  chart.vertical("the first run: 46,933", std::log10(known_last_sigma), ek::colour::black);
  return chart;
}

}  // namespace

ek::Chart activation_chart(const std::vector<Study>& studies, const Setting& s,
                           std::uint64_t seed) {
  const std::vector<double> layers = counted(s.layers);
  ek::Chart chart{activation_title(studies),
                  with_band(describe(s, seed), studies.front().runs.size())};
  chart.x_axis("layer").y_axis("σ of the activations", ek::Axis::log);
  for (const Study& study : studies) {
    const Band band = band_over_seeds(study.activations());
    if (study.runs.size() > 1) chart.band(layers, band.low, band.high, study.norm.colour);
    chart.line(study.norm.title, layers, study.runs.front().activation, study.norm.colour);
  }
  for (const Study& study : studies) {
    if (study.norm.name == "none") chart.theory("theory", layers, theory_sigma(s));
  }
  if (!norms_of(studies).empty()) {
    const std::string name = studies.front().norm.name == "none" ? "" : "theory";  // once is enough
    chart.theory(name, layers, ByLayer(s.layers, relu_sigma));
  }
  return chart;
}

std::string describe(const Setting& s, std::uint64_t seed) {
  return fmt::format("{} ReLU layers, {} wide, weights {}·N(0,1), {} samples, seed {}", s.layers,
                     s.width, s.weight_scale, s.samples, seed);
}

void draw_all(Lesson& lesson, const Setting& setting, const std::vector<Study>& studies) {
  lesson.chart(activation_chart(studies, setting, lesson.seed()), "activation_std");
  lesson.chart(gradient_chart(studies, setting, lesson.seed()), "gradient_std");
  for (const Study& study : studies) {
    const bool like_the_first = setting == Setting{} && study.norm.name == "none";
    if (like_the_first && study.runs.size() >= 20) lesson.chart(seeds_chart(study), "seeds");
  }
  draw_distributions(lesson);
}

}  // namespace explosion
