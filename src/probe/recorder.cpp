#include "evenkeel/probe/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <fnmatch.h>

#include "base/fail.hpp"

namespace evenkeel {

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
