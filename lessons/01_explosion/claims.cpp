// What lesson 01 claims, against theory, with bands from many seeds.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "explosion.hpp"

namespace explosion {

using namespace ek::lesson;

const double relu_sigma = std::sqrt(0.5 - 0.5 / std::numbers::pi);

double theory_growth(const Setting& s) {
  return s.weight_scale * std::sqrt(static_cast<double>(s.width) / 2);
}

ByLayer theory_sigma(const Setting& s) {
  ByLayer sigma = {s.weight_scale * std::sqrt(static_cast<double>(s.width)) * relu_sigma};
  while (sigma.size() < s.layers) sigma.push_back(sigma.back() * theory_growth(s));
  return sigma;
}

namespace {

/// Where σ of every layer must lie for 99 of 100 seeds, from 3,000 simulated ones.
struct Interval {
  double low, high;
};
Interval sigma_band(const std::string& norm) {
  if (norm == "batch") return {0.567, 0.628};
  if (norm == "layer") return {0.498, 0.673};
  if (norm == "rms") return {0.410, 0.700};
  return {0.500, 0.643};  // eight groups
}

}  // namespace

// The bands hold for the standard setting; for another one the values are shown and not judged.
void claim_all(Lesson& lesson, const Setting& s, const std::vector<Study>& studies) {
  const Setting standard;
  const bool judged = s == standard;
  const bool many = judged && studies.front().runs.size() >= 20;
  const auto one = [&](std::string text, double value, Interval band, std::string because,
                       bool judge) {
    lesson.claim({std::move(text), value, value, band.low, band.high, std::move(because),
                  ek::Digits::significant(3), judge});
  };
  for (const Study& study : studies) {
    const Run& run = study.runs.front();
    const double backward = 1 / geometric_growth(run.gradient);  // from the last layer to the first
    if (study.norm.name == "none") {
      const std::string growth = fmt::format("theory s·√(n/2) = {:.3g}", theory_growth(s));
      one("growth of σ per layer, no norm", geometric_growth(run.activation), {2.55, 3.07}, growth,
          judged);
      one("  mean over seeds", mean_of(study.growths()), {2.74, 2.86}, growth, many);
      one("  median σ of the last layer", median_of(study.last_sigmas()), {19'400, 30'700},
          fmt::format("mean field {}", ek::format_number(theory_sigma(s).back())), many);
      one("growth of the gradient, no norm", backward, {2.68, 2.96}, growth, judged);
      continue;
    }
    const auto [low, high] = std::minmax_element(run.activation.begin(), run.activation.end());
    const Interval band = sigma_band(study.norm.name);
    lesson.claim({"σ with " + study.norm.title + ", all layers", *low, *high, band.low, band.high,
                  "theory √(½ − 1/2π) = 0.584", ek::Digits::significant(3), judged});
    if (study.norm.name == "batch") {
      one("growth of the gradient, BatchNorm", backward, {1.19, 1.245}, "theory √(π/(π−1)) = 1.21",
          judged);
    }
  }
}

std::vector<ByLayer> Study::activations() const {
  std::vector<ByLayer> all;
  for (const Run& run : runs) all.push_back(run.activation);
  return all;
}

std::vector<ByLayer> Study::gradients() const {
  std::vector<ByLayer> all;
  for (const Run& run : runs) all.push_back(run.gradient);
  return all;
}

std::vector<double> Study::growths() const {
  std::vector<double> all;
  for (const Run& run : runs) all.push_back(geometric_growth(run.activation));
  return all;
}

std::vector<double> Study::last_sigmas() const {
  std::vector<double> all;
  for (const Run& run : runs) all.push_back(run.activation.back());
  return all;
}

}  // namespace explosion
