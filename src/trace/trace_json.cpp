// The file format: docs/trace.md. Reading it is in replay/.

#include <array>
#include <cmath>

#include "evenkeel/base/file.hpp"
#include "evenkeel/base/json.hpp"
#include "evenkeel/base/terminal.hpp"
#include "evenkeel/trace/trace.hpp"

namespace evenkeel {

namespace {

/// A matrix's number, which may be none: then it is a text.
struct Entry {
  double x;
};

std::string to_json(Entry entry) {
  const double x = entry.x;
  if (std::isfinite(x)) return evenkeel::to_json(x);
  return std::isnan(x) ? R"("NaN")" : x > 0 ? R"("Infinity")" : R"("-Infinity")";
}

}  // namespace

static std::string to_json(const TracedMatrix& m) {
  std::vector<Entry> entries;
  for (const double x : m.entries) entries.push_back({x});
  return JsonObject()
      .add("shape", std::array{m.rows, m.cols})
      .add("shown", std::array{m.shown_rows, m.shown_cols})
      .add("entries", entries)
      .add("mean", Entry{m.mean})
      .add("sigma", Entry{m.sigma})
      .add("min", Entry{m.min})
      .add("max", Entry{m.max})
      .add("not_finite", m.not_finite)
      .text();
}

static std::string to_json(const TracedLine& line) {
  return JsonObject()
      .add("symbol", printable(line.symbol))
      .add("expression", printable(line.expression))
      .add("words", printable(line.words))
      .add("term", printable(line.term))
      .add("value", line.value)
      .text();
}

static std::string to_json(const TracedNode& node) {
  return JsonObject()
      .add("op", printable(node.op))
      .add("label", printable(node.label))
      .add("leaf", node.leaf)
      .add("inputs", node.inputs)
      .add("input_names", node.input_names)
      .add("value", node.value)
      .add("gradient", node.gradient)
      .add("whole_forward", node.whole_forward)
      .add("whole_backward", node.whole_backward)
      .add("forward", node.forward)
      .add("backward", node.backward)
      .text();
}

std::string to_json(const Trace& trace) {
  return JsonObject()
             .add("evenkeel_trace", trace_version)
             .add("title", printable(trace.title))
             .add("precision", trace.precision)
             .add("backward", trace.backward)
             .add("nodes", trace.nodes)
             .text() +
         "\n";
}

void write_trace(const std::filesystem::path& file, const Trace& trace) {
  FileWriter writer("trace", file);
  writer.write(to_json(trace));
  writer.commit();
}

}  // namespace evenkeel
