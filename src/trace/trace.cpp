#include "evenkeel/trace/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/base/file.hpp"
#include "trace/explain.hpp"

namespace evenkeel {

namespace {

TracedMatrix traced(const Matrix& x, Index most) {
  TracedMatrix t;
  t.rows = x.n_rows, t.cols = x.n_cols;
  t.shown_rows = std::min<Index>(x.n_rows, most), t.shown_cols = std::min<Index>(x.n_cols, most);
  for (Index col = 0; col < t.shown_cols; ++col) {
    for (Index row = 0; row < t.shown_rows; ++row) t.entries.push_back(x(row, col));
  }
  const arma::vec finite = arma::conv_to<arma::vec>::from(x.elem(arma::find_finite(x)));
  t.not_finite = x.n_elem - finite.n_elem;
  if (finite.is_empty()) return t;
  t.mean = arma::mean(finite), t.sigma = arma::stddev(finite, 1);
  t.min = finite.min(), t.max = finite.max();
  return t;
}

std::vector<Index> uses_of_nodes(const Tape& tape) {
  std::vector<Index> uses(tape.size());
  for (Index i = 0; i < tape.size(); ++i) {
    for (const Index input : tape.node(i).inputs) ++uses[input];
  }
  return uses;
}

const Matrix* find(const std::map<std::string, Matrix>& values, const std::string& symbol) {
  const auto found = values.find(symbol);
  return found == values.end() || found->second.is_empty() ? nullptr : &found->second;
}

class Tracer {
 public:
  Tracer(const Tape& tape, Index most) : tape_(tape), most_(most), uses_(uses_of_nodes(tape)) {}

  TracedNode node(Index index) const {
    const Node& node = tape_.node(index);
    TracedNode traced_node;
    traced_node.op = node.kind();
    traced_node.label = node.label;
    traced_node.leaf = node.is_leaf;
    traced_node.inputs.assign(node.inputs.begin(), node.inputs.end());  // none of a leaf
    traced_node.value = traced(node.value(), most_);
    if (node.has_gradient) traced_node.gradient = traced(node.gradient(), most_);
    if (!node.is_leaf) add_lines(index, traced_node);
    return traced_node;
  }

 private:
  void add_lines(Index index, TracedNode& out) const {
    const Node& node = tape_.node(index);
    const Explanation e = explain(tape_, index);
    out.input_names = e.formula.inputs;
    out.whole_forward = e.formula.whole_forward;
    for (const FormulaLine& line : e.formula.forward) {
      const Matrix* value = find(e.forward, line.symbol);
      if (line.symbol == "y") value = &node.value();
      out.forward.push_back(traced_line(line, value));
    }
    if (!node.has_gradient) return;
    out.whole_backward = e.formula.whole_backward;
    for (const FormulaLine& line : e.formula.backward)
      out.backward.push_back(line_back(node, e, line));
  }

  // "dgamma" is the gradient of the input that the formula calls gamma.
  TracedLine line_back(const Node& node, const Explanation& e, const FormulaLine& line) const {
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      if (line.symbol != "d" + e.formula.inputs[k]) continue;
      const Index uses = uses_[node.inputs[k]];
      if (uses == 1) return traced_line(line, &tape_.node(node.inputs[k]).gradient());
      // The tape keeps the sum alone; what this op brought is known where the formula is computed.
      TracedLine part = traced_line(line, find(e.backward, line.symbol));
      part.words += fmt::format("{}one of {} uses of {}, whose gradient is their sum",
                                part.words.empty() ? "" : "; ", uses, e.formula.inputs[k]);
      return part;
    }
    return traced_line(line, find(e.backward, line.symbol));
  }

  TracedLine traced_line(const FormulaLine& line, const Matrix* value) const {
    TracedLine traced_line{line, {}};
    if (value) traced_line.value = traced(*value, most_);
    return traced_line;
  }

  const Tape& tape_;
  Index most_;
  std::vector<Index> uses_;
};

}  // namespace

Trace trace_of(const Tape& tape, std::string title, Index most) {
  Trace trace{std::move(title), sizeof(Scalar) == 8 ? "float64" : "float32", {}, {}};
  const Tracer tracer(tape, most);
  for (Index i = 0; i < tape.size(); ++i) trace.nodes.push_back(tracer.node(i));
  for (Index i = tape.size(); i-- > 0;) {
    if (!tape.node(i).is_leaf && tape.node(i).has_gradient) trace.backward.push_back(i);
  }
  return trace;
}

}  // namespace evenkeel
