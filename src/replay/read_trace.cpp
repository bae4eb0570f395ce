#include "evenkeel/replay/read_trace.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "evenkeel/base/file.hpp"

namespace evenkeel {

using nlohmann::json;

namespace {

double number_in(const json& x) {
  if (x.is_number()) return x.get<double>();
  constexpr double inf = std::numeric_limits<double>::infinity();
  const std::string text = x.get<std::string>();
  if (text == "Infinity") return inf;
  if (text == "-Infinity") return -inf;
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  fail("trace", "expected a number, got '{}'", text);
}

std::optional<TracedMatrix> matrix_in(const json& j) {
  if (j.is_null()) return {};
  TracedMatrix m;
  m.rows = j.at("shape").at(0), m.cols = j.at("shape").at(1);
  m.shown_rows = j.at("shown").at(0), m.shown_cols = j.at("shown").at(1);
  for (const json& entry : j.at("entries")) m.entries.push_back(number_in(entry));
  const Index count = m.entries.size();
  const bool fits = m.shown_rows == 0
                        ? count == 0
                        : count % m.shown_rows == 0 && count / m.shown_rows == m.shown_cols;
  if (!fits)
    fail("trace", "a matrix shows {} entries and not {}×{}", count, m.shown_rows, m.shown_cols);
  m.mean = j.at("mean"), m.sigma = number_in(j.at("sigma"));
  m.min = j.at("min"), m.max = j.at("max"), m.not_finite = j.at("not_finite");
  return m;
}

std::vector<TracedLine> lines_in(const json& j) {
  std::vector<TracedLine> lines;
  for (const json& line : j) {
    lines.push_back({{line.at("symbol"), line.at("expression"), line.at("words"), line.at("term")},
                     matrix_in(line.at("value"))});
  }
  return lines;
}

TracedNode node_in(const json& j, Index index) {
  TracedNode n{j.at("op"), j.at("label"), j.at("leaf"), {}, j.at("input_names"), {}, {}, {}, {}, {},
               {}};
  n.inputs = j.at("inputs").get<std::vector<Index>>();
  for (const Index input : n.inputs) {
    if (input >= index)
      fail("trace", "node {} has the input {}, which does not stand before it", index, input);
  }
  if (n.input_names.size() != n.inputs.size())
    fail("trace", "node {} does not name its inputs", index);
  n.value = matrix_in(j.at("value")).value_or(TracedMatrix{});
  n.gradient = matrix_in(j.at("gradient"));
  n.whole_forward = j.at("whole_forward"), n.whole_backward = j.at("whole_backward");
  n.forward = lines_in(j.at("forward")), n.backward = lines_in(j.at("backward"));
  return n;
}

}  // namespace

Trace trace_from_json(std::string_view text) {
  try {
    const json j = json::parse(text);
    if (j.at("evenkeel_trace") != trace_version) {
      fail("trace", "this is version {} of the format, {} is known", j.at("evenkeel_trace").dump(),
           trace_version);
    }
    Trace trace{j.at("title"), j.at("precision"), {}, j.at("backward")};
    for (const json& node : j.at("nodes")) trace.nodes.push_back(node_in(node, trace.nodes.size()));
    for (const Index i : trace.backward) {
      if (i >= trace.nodes.size())
        fail("trace", "backward names node {}, there are {}", i, trace.nodes.size());
    }
    return trace;
  } catch (const json::exception&) {
    fail("trace", "this is not a trace: JSON with evenkeel_trace, nodes and backward");
  }
}

Trace read_trace(const std::filesystem::path& file) {
  return trace_from_json(read_bytes("trace", file));
}

}  // namespace evenkeel
