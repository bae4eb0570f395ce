#pragma once
// Watches nodes of a tape by their labels and keeps statistics of their values and gradients.
//
//   Recorder recorder;
//   recorder.watch("h*");                          // h1, h2.pre, …; or one label: watch("loss")
//   for (Index step = 0; step < steps; ++step) {
//     … forward, tape.backward(loss) …
//     if (step % 10 == 0) recorder.take(tape, step);
//     tape.rewind();
//   }
//   for (const Record& r : recorder.records()) …
//
// The tape knows nothing of it: what is not taken costs nothing. Parameters are labelled by their
// names, so their values and gradients are watched like any other's.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/probe/statistics.hpp"

namespace evenkeel {

enum class Watched { value, gradient };

/// "value" or "gradient"
std::string_view to_string(Watched kind);

struct Record {
  Index step = 0;
  std::string label;
  Watched kind = Watched::value;
  Statistics statistics;
  Index units = 0;  ///< rows
  Index dead = 0;   ///< rows that are zero in every column
};

/// Whether the label is one of the patterns, or fits one in which * stands for any text, as in the
/// names of files: ? for any character, [abc] for one of these. No pattern fits an empty label.
bool label_fits(std::string_view label, std::span<const std::string> patterns);

class Recorder {
 public:
  /// A label, or a pattern (label_fits).
  Recorder& watch(std::string_view pattern);

  /// Keeps a record of the value, and of the gradient where the last backward reached, of every
  /// watched node that is not empty. Throws Error when a pattern fits no label on the tape.
  void take(const Tape& tape, Index step);

  /// In the order they were taken: by step, along the tape, value before gradient.
  const std::vector<Record>& records() const { return records_; }
  /// Forgets the records, goes on watching.
  void clear() { records_.clear(); }

 private:
  void require_every_pattern_fits(const Tape& tape) const;

  std::vector<std::string> patterns_;
  std::vector<Record> records_;
};

}  // namespace evenkeel
