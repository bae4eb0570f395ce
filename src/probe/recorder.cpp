#include "evenkeel/probe/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace evenkeel {

namespace {

bool has_finite_entry(const Matrix& x) {
  return std::any_of(x.begin(), x.end(), [](Scalar entry) { return std::isfinite(entry); });
}

}  // namespace

// A star may stand for more text than the shortest that fits: on a mismatch the last one takes one
// character more and the rest is tried again.
bool label_fits(std::string_view text, std::string_view pattern) {
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text_end = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text_end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string_view to_string(Watched kind) {
  return kind == Watched::value ? "value" : "gradient";
}

const std::vector<std::string>& record_columns() {
  static const std::vector<std::string> columns = {"mean",    "sigma",         "rms",
                                                   "largest", "fraction_zero", "fraction_dead"};
  return columns;
}

std::vector<double> numbers(const Record& record) {
  const Statistics& s = record.statistics;
  return {s.mean,          s.sigma,
          s.rms,           s.largest,
          s.fraction_zero, static_cast<double>(record.dead) / static_cast<double>(record.units)};
}

Recorder& Recorder::watch(std::string_view pattern) {
  if (pattern.empty()) fail("recorder", "watch needs a label or a pattern, got an empty one");
  patterns_.emplace_back(pattern);
  return *this;
}

Recorder& Recorder::with_histograms(Index bins) {
  bins_ = Bins{bins, {}, {}};
  return *this;
}

Recorder& Recorder::with_histograms(Index bins, double low, double high) {
  bins_ = Bins{bins, low, high};
  return *this;
}

void Recorder::take(const Tape& tape, Index step) {
  require_every_pattern_fits(tape);
  for (Index i = 0; i < tape.size(); ++i) {
    const Node& node = tape.node(i);
    const bool watched =
        std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
          return !node.label.empty() && label_fits(node.label, pattern);
        });
    if (!watched || node.value().empty()) continue;
    add(step, node, Watched::value, node.value());
    if (node.has_gradient) add(step, node, Watched::gradient, node.gradient());
  }
}

void Recorder::require_every_pattern_fits(const Tape& tape) const {
  for (const std::string& pattern : patterns_) {
    std::vector<std::string> labels;
    bool found = false;
    for (Index i = 0; i < tape.size() && !found; ++i) {
      const std::string& label = tape.node(i).label;
      if (label.empty()) continue;
      found = label_fits(label, pattern);
      if (labels.size() < 20) labels.push_back(label);
    }
    if (found) continue;
    fail("recorder",
         fmt::format("no node on the tape is labelled '{}'; the labels are: {}", pattern,
                     labels.empty() ? "none" : fmt::format("{}", fmt::join(labels, ", "))));
  }
}

void Recorder::add(Index step, const Node& node, Watched kind, const Matrix& x) {
  Record record{step, node.label, kind, statistics(x), x.n_rows, dead_units(x), {}};
  if (bins_ && bins_->low) {
    record.histogram = histogram(x, bins_->count, *bins_->low, *bins_->high);
  } else if (bins_ && has_finite_entry(x)) {
    record.histogram = histogram(x, bins_->count);
  }
  records_.push_back(std::move(record));
}

std::vector<double> Recorder::series(std::string_view label, Watched kind,
                                     double Statistics::*statistic) const {
  std::vector<double> series;
  for (const Record& record : records_) {
    if (record.label == label && record.kind == kind) {
      series.push_back(record.statistics.*statistic);
    }
  }
  return series;
}

}  // namespace evenkeel
