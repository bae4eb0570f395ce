#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <fnmatch.h>

#include "base/fail.hpp"
#include "evenkeel/probe/recorder.hpp"
#include "evenkeel/probe/update_ratio.hpp"

namespace evenkeel {

Statistics statistics(const Matrix& x) {
  Statistics s;
  if (x.empty()) return s;
  const double n = static_cast<double>(x.n_elem);
  double sum = 0;
  Index zeros = 0;
  for (const Scalar entry : x) {
    sum += entry;
    s.largest = std::max(s.largest, std::abs(static_cast<double>(entry)));
    if (entry == 0) ++zeros;
  }
  s.mean = sum / n;
  s.fraction_zero = static_cast<double>(zeros) / n;

  // In units of the largest, so that squares of 1e200 or 1e-200 stay in range
  const double unit = s.largest > 0 && std::isfinite(s.largest) ? s.largest : 1;
  double squares = 0;
  for (const Scalar entry : x) {
    const double distance = (entry - s.mean) / unit;
    squares += distance * distance;
  }
  s.sigma = unit * std::sqrt(squares / n);
  s.rms = std::hypot(s.mean, s.sigma);
  if (std::isnan(s.mean)) s.largest = s.rms = s.mean;
  return s;
}

Index dead_units(const Matrix& x) {
  const arma::umat alive = arma::any(x, 1);
  return x.n_rows - arma::accu(alive);
}

void UpdateRatio::before_step() {
  before_.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) before_[i] = parameters_[i]->value;
  ready_ = true;
}

std::vector<double> UpdateRatio::after_step() {
  if (!ready_) fail("update_ratio", "after_step() needs a before_step() before each step");
  ready_ = false;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Matrix& w = before_[i];
    const Matrix update = parameters_[i]->value - w;
    const double moved = statistics(update).sigma;
    ratios.push_back(moved == 0 ? 0 : moved / statistics(w).sigma);
  }
  return ratios;
}

// --- Recorder ------------------------------------------------------------------------------------

bool label_fits(std::string_view label, std::span<const std::string> patterns) {
  const std::string text(label);
  return !text.empty() && std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
    return text == pattern || fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
  });
}

std::string_view to_string(Watched kind) {
  return kind == Watched::value ? "value" : "gradient";
}

Recorder& Recorder::watch(std::string_view pattern) {
  if (pattern.empty()) fail("recorder", "watch needs a label or a pattern, got an empty one");
  patterns_.emplace_back(pattern);
  return *this;
}

void Recorder::take(const Tape& tape, Index step) {
  require_every_pattern_fits(tape);
  const auto keep = [&](const Node& node, Watched kind, const Matrix& x) {
    records_.push_back({step, node.label, kind, statistics(x), x.n_rows, dead_units(x)});
  };
  for (Index i = 0; i < tape.size(); ++i) {
    const Node& node = tape.node(i);
    if (!label_fits(node.label, patterns_) || node.value().empty()) continue;
    keep(node, Watched::value, node.value());
    if (node.has_gradient) keep(node, Watched::gradient, node.gradient());
  }
}

void Recorder::require_every_pattern_fits(const Tape& tape) const {
  std::vector<std::string> labels;
  for (Index i = 0; i < tape.size(); ++i) {
    if (!tape.node(i).label.empty()) labels.push_back(tape.node(i).label);
  }
  for (const std::string& pattern : patterns_) {
    const auto fits = [&](const std::string& label) { return label_fits(label, {&pattern, 1}); };
    if (std::ranges::any_of(labels, fits)) continue;
    labels.resize(std::min<std::size_t>(labels.size(), 20));
    fail("recorder", "no node on the tape is labelled '{}'; the labels are: {}", pattern,
         labels.empty() ? "none" : fmt::format("{}", fmt::join(labels, ", ")));
  }
}

}  // namespace evenkeel
