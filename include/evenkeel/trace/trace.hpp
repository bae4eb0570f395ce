#pragma once
// A trace: a tape with its values and gradients, written down. The step view shows it, a file keeps
// it, and other programs can read that (docs/trace.md describes the format).
//
//   tape.backward(loss);
//   const Trace trace = trace_of(tape);        // values and gradients, line by line
//   write_trace("run.json", trace);
//
// A trace knows no Scalar: float and double runs read alike.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/trace/formula.hpp"

namespace evenkeel {

/// A matrix as a trace keeps it: its top left corner, and statistics of all of it.
struct TracedMatrix {
  Index rows = 0, cols = 0;
  Index shown_rows = 0, shown_cols = 0;
  std::vector<double> entries;  ///< of the corner, column after column
  double mean = 0, sigma = 0;   ///< of the finite entries; sigma divides by their number
  double min = 0, max = 0;      ///< of the finite entries
  Index not_finite = 0;         ///< entries that are NaN or Inf

  double at(Index row, Index col) const { return entries[row + col * shown_rows]; }
};

/// One line of a formula with what it gave; no value where only the op itself knows it.
struct TracedLine : FormulaLine {
  std::optional<TracedMatrix> value;
};

struct TracedNode {
  std::string op;     ///< "constant", "variable", "parameter" or the op's name
  std::string label;  ///< "h1"; a parameter's name
  bool leaf = false;
  std::vector<Index> inputs;             ///< nodes
  std::vector<std::string> input_names;  ///< what the formula calls them
  TracedMatrix value;
  std::optional<TracedMatrix> gradient;  ///< where backward came by: summed over all uses
  std::string whole_forward, whole_backward;
  std::vector<TracedLine> forward, backward;  ///< backward is empty where it did not come by
};

struct Trace {
  std::string title;              ///< what was run
  std::string precision;          ///< "float64" or "float32"
  std::vector<TracedNode> nodes;  ///< in forward order
  std::vector<Index> backward;    ///< nodes in the order in which their backward ran
};

/// Everything on the tape, each matrix up to `most` rows and columns. Take it after backward and
/// before the tape is rewound or an optimizer steps.
Trace trace_of(const Tape& tape, std::string title = {}, Index most = 12);

/// The version of the file format.
inline constexpr int trace_version = 1;

/// As text in JSON; replay/read_trace.hpp reads it.
std::string to_json(const Trace& trace);
void write_trace(const std::filesystem::path& file, const Trace& trace);

}  // namespace evenkeel
