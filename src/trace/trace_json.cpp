// The file format (docs/trace.md), written by hand: a JSON library would make this module take
// seconds longer to compile. Reading is in replay/, with one.

#include <fmt/format.h>

#include <cmath>

#include "evenkeel/base/file.hpp"
#include "evenkeel/base/terminal.hpp"
#include "evenkeel/trace/trace.hpp"

namespace evenkeel {

namespace {

// JSON has no NaN: it and the infinities are texts.
std::string json(double x) {
  if (std::isfinite(x)) return fmt::format("{}", x);
  return std::isnan(x) ? R"("NaN")" : x > 0 ? R"("Infinity")" : R"("-Infinity")";
}

std::string json(Index x) {
  return fmt::format("{}", x);
}

std::string json(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string json(const std::optional<TracedMatrix>& m);
std::string json(const TracedLine& line);
std::string json(const TracedNode& node);

template <class T>
std::string json(const std::vector<T>& list) {
  std::string text = "[";
  for (const T& entry : list) text += (text.size() > 1 ? ", " : "") + json(entry);
  return text + "]";
}

std::string json(const std::optional<TracedMatrix>& m) {
  if (!m) return "null";
  return fmt::format(
      R"({{"shape": [{}, {}], "shown": [{}, {}], "entries": {},
    "mean": {}, "sigma": {}, "min": {}, "max": {}, "not_finite": {}}})",
      m->rows, m->cols, m->shown_rows, m->shown_cols, json(m->entries), json(m->mean),
      json(m->sigma), json(m->min), json(m->max), m->not_finite);
}

std::string json(const TracedLine& line) {
  return fmt::format(
      R"({{"symbol": {}, "expression": {}, "words": {}, "term": {},
    "value": {}}})",
      json(line.symbol), json(line.expression), json(line.words), json(line.term),
      json(line.value));
}

std::string json(const TracedNode& node) {
  return fmt::format(
      R"(
 {{"op": {}, "label": {}, "leaf": {}, "inputs": {}, "input_names": {},
  "value": {},
  "gradient": {},
  "whole_forward": {}, "whole_backward": {},
  "forward": {},
  "backward": {}}})",
      json(node.op), json(node.label), node.leaf, json(node.inputs), json(node.input_names),
      json(std::optional(node.value)), json(node.gradient), json(node.whole_forward),
      json(node.whole_backward), json(node.forward), json(node.backward));
}

}  // namespace

std::string to_json(const Trace& trace) {
  return fmt::format(
      R"({{"evenkeel_trace": {}, "title": {}, "precision": {}, "backward": {},
"nodes": {}}}
)",
      trace_version, json(trace.title), json(trace.precision), json(trace.backward),
      json(trace.nodes));
}

void write_trace(const std::filesystem::path& file, const Trace& trace) {
  FileWriter writer("trace", file);
  writer.write(to_json(trace));
  writer.commit();
}

}  // namespace evenkeel
