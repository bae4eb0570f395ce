// What the step view shows of one place: formula, value, inputs, output and gradient.

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <cctype>
#include <cmath>
#include <utility>

#include "evenkeel/base/terminal.hpp"
#include "evenkeel/trace/step.hpp"
#include "trace/step_view.hpp"

namespace evenkeel::step {

namespace {

constexpr std::size_t cell_width = 11;

std::string number(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "∞" : "−∞";
  return fmt::format("{:.4g}", x);
}

// −4 to 4: the sign, and the size beside the largest entry.
int shade_of(double entry, double largest) {
  if (!std::isfinite(entry) || largest == 0) return 0;
  return static_cast<int>(std::lround(4 * entry / largest));
}

Page cells_of(const TracedMatrix& m, std::size_t width) {
  const Index cols = std::min<Index>(m.shown_cols, std::max<Index>(1, width / cell_width));
  const double largest = std::max(std::abs(m.min), std::abs(m.max));
  Page page;
  for (Index row = 0; row < m.shown_rows; ++row) {
    Row cells;
    for (Index col = 0; col < cols; ++col) {
      const double entry = m.at(row, col);
      cells.push_back(
          {pad_left(number(entry), cell_width - 1), Ink::cell, shade_of(entry, largest)});
      if (col + 1 < cols) cells.push_back({" "});
    }
    page.push_back(cells);
  }
  if (cols < m.cols || m.shown_rows < m.rows) {
    page.push_back({{fmt::format("rows 1 to {} of {}, columns 1 to {} of {}", m.shown_rows, m.rows,
                                 cols, m.cols),
                     Ink::dim}});
  }
  return page;
}

void add(Page& page, const Page& more) {
  page.insert(page.end(), more.begin(), more.end());
}

// Broken into lines, those after the first indented by `hanging` more; `term` is marked.
void add_wrapped(Page& page, std::string text, std::size_t width, Ink ink, std::size_t indent = 0,
                 std::size_t hanging = 0, const std::string& term = {}) {
  const std::string mark = boost::replace_all_copy(term, " ", "\u00a0");  // no line breaks in it
  boost::replace_first(text, term, mark);
  const std::size_t room = std::max<std::size_t>(width, indent + hanging + 10) - indent - hanging;
  for (const std::string& line : wrap(text, room)) {
    Row row = {{std::string(indent, ' ')}};
    const std::size_t at = mark.empty() ? std::string::npos : line.find(mark);
    if (at == std::string::npos) {
      row.push_back({line, ink});
    } else {
      row.push_back({line.substr(0, at), ink});
      row.push_back({term, Ink::mark});
      row.push_back({line.substr(at + mark.size()), ink});
    }
    page.push_back(row);
    indent += std::exchange(hanging, 0);
  }
}

std::string statistics_of(const TracedMatrix& m) {
  std::string text = fmt::format("{}×{}", m.rows, m.cols);
  if (m.not_finite > 0) text += fmt::format("  {} NaN or ∞", m.not_finite);
  const double rounding = 1e-12 * std::max(std::abs(m.min), std::abs(m.max));
  const double mean = std::abs(m.mean) < rounding ? 0 : m.mean;
  if (m.rows * m.cols > 1) {
    text +=
        fmt::format("  mean {:.3g}  σ {:.3g}  min {:.3g}  max {:.3g}", mean, m.sigma, m.min, m.max);
  }
  return text;
}

void add_matrix(Page& page, const std::string& name, const TracedMatrix& m, std::size_t width) {
  page.push_back({});
  page.push_back({{name}, {"  " + statistics_of(m), Ink::dim}});
  add(page, cells_of(m, width));
}

std::string equation(const FormulaLine& line) {
  return line.expression.empty() ? line.symbol : line.symbol + " = " + line.expression;
}

const std::vector<TracedLine>& lines_of(const TracedNode& node, bool backward) {
  return backward ? node.backward : node.forward;
}

void add_formula_lines(Page& page, const std::vector<TracedLine>& lines, Index current,
                       std::size_t width) {
  for (Index i = 0; i < lines.size(); ++i) {
    const bool here = i == current;
    const std::string text = (here ? "▶ " : "· ") + equation(lines[i]);
    add_wrapped(page, text, width, here ? Ink::mark : Ink::plain, 0, 4);
    if (here && !lines[i].words.empty()) add_wrapped(page, lines[i].words, width, Ink::dim, 4);
  }
}

// Whether the expression has the symbol as a word of its own.
bool mentions(const std::string& expression, const std::string& symbol) {
  const auto is_letter = [&](std::size_t i) {
    return i < expression.size() &&
           (std::isalnum(static_cast<unsigned char>(expression[i])) || expression[i] == '_');
  };
  for (std::size_t at = 0; (at = expression.find(symbol, at)) != std::string::npos; ++at) {
    const std::size_t end = at + symbol.size();
    const bool is_function = end < expression.size() && expression[end] == '(';  // mean(…)
    if (!is_letter(at - 1) && !is_letter(end) && !is_function) return true;
  }
  return false;
}

// What the current line takes from the lines before it.
void add_what_it_takes(Page& page, const TracedNode& node, const TracedLine& line,
                       std::size_t width) {
  for (const std::vector<TracedLine>* lines : {&node.forward, &node.backward}) {
    for (const TracedLine& other : *lines) {
      const bool is_output = other.symbol == "y";  // stands below
      if (&other == &line || !other.value || is_output) continue;
      if (mentions(line.expression, other.symbol))
        add_matrix(page, other.symbol, *other.value, width);
    }
  }
}

// What went in and came out; in backward dy too, which comes first.
void add_surroundings(Page& page, const Trace& trace, const TracedNode& node, bool backward,
                      std::size_t width) {
  if (backward && node.gradient) add_matrix(page, "dy, from above", *node.gradient, width);
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const std::string name =
        fmt::format("{}, node {}", node.input_names[k], name_of(trace, node.inputs[k]));
    add_matrix(page, name, trace.nodes[node.inputs[k]].value, width);
  }
  add_matrix(page, "y, the output", node.value, width);
  if (!backward && node.gradient) add_matrix(page, "dy, its gradient", *node.gradient, width);
}

}  // namespace

Page pane_of(const Trace& trace, const Place& place, std::size_t width) {
  const TracedNode& node = trace.nodes[place.node];
  if (node.leaf) {  // its gradient belongs to backward: p shows it
    Page page = {{{name_of(trace, place.node), Ink::title}}};
    add_matrix(page, "value", node.value, width);
    return page;
  }
  const std::vector<TracedLine>& lines = lines_of(node, place.backward);
  const TracedLine& line = lines[place.line];
  Page page;
  const std::string& whole = place.backward ? node.whole_backward : node.whole_forward;
  if (!whole.empty()) {
    add_wrapped(page, whole, width, Ink::title, 0, 5, line.term);
    page.push_back({});
  }
  add_formula_lines(page, lines, place.line, width);
  if (line.value) {
    add_matrix(page, line.symbol, *line.value, width);
  } else {
    page.push_back({});
    page.push_back({{line.symbol + ": only the op itself knows its value", Ink::dim}});
  }
  add_what_it_takes(page, node, line, width);
  add_surroundings(page, trace, node, place.backward, width);
  return page;
}

Page pane_of_node(const Trace& trace, Index index, std::size_t width) {
  const TracedNode& node = trace.nodes[index];
  Page page;
  page.push_back({{name_of(trace, index), Ink::title}});
  add_matrix(page, "value", node.value, width);
  if (node.gradient) {
    add_matrix(page, "gradient", *node.gradient, width);
  } else {
    page.push_back({});
    page.push_back({{"no gradient: backward did not come by", Ink::dim}});
  }
  return page;
}

Page graph_of(const Trace& trace, Index current, std::size_t width) {
  Page page;
  for (Index i = 0; i < trace.nodes.size(); ++i) {
    std::string text = fmt::format("{} {}", i == current ? "▶" : " ", name_of(trace, i));
    const std::vector<Index>& inputs = trace.nodes[i].inputs;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      text += (k == 0 ? "  ←  " : ",  ") + name_of(trace, inputs[k]);
    }
    page.push_back({{fit(text, width), i == current ? Ink::mark : Ink::plain}});
  }
  return page;
}

}  // namespace evenkeel::step

std::string evenkeel::steps_as_text(const Trace& trace) {
  using namespace step;
  constexpr std::size_t width = 100;
  std::string text;
  const auto say = [&](const Page& page, std::string_view indent) {
    for (const Row& row : page)
      text += fmt::format("{}{}\n", row.empty() ? "" : indent, plain_text(row));
  };
  const auto pass = [&](Index index, bool backward) {
    const TracedNode& node = trace.nodes[index];
    text += fmt::format("\n{}, {}\n", name_of(trace, index), backward ? "backward" : "forward");
    const std::string& whole = backward ? node.whole_backward : node.whole_forward;
    if (!whole.empty()) text += "  " + whole + "\n";
    if (node.leaf) say(cells_of(node.value, width), "    ");
    for (const TracedLine& line : lines_of(node, backward)) {
      text += "  " + equation(line);
      text += line.words.empty() ? "\n" : fmt::format("   ({})\n", line.words);
      if (line.value) say(cells_of(*line.value, width), "    ");
    }
  };
  for (Index i = 0; i < trace.nodes.size(); ++i) pass(i, false);
  for (const Index i : trace.backward) pass(i, true);
  return text;
}
