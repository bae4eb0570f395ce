#include "evenkeel/trace/show.hpp"

#include <fmt/format.h>

#include <ostream>

namespace evenkeel {

namespace {

std::string sigma(const Matrix& x) {
  if (x.is_empty()) return "nan";
  const arma::vec entries = arma::conv_to<arma::vec>::from(arma::vectorise(x));
  return fmt::format("{:.4g}", arma::stddev(entries, 1));
}

}  // namespace

std::string table(const Tape& tape) {
  std::size_t op_width = 8;
  std::size_t label_width = 8;
  for (Index i = 0; i < tape.size(); ++i) {
    op_width = std::max(op_width, tape.node(i).kind().size());
    label_width = std::max(label_width, tape.node(i).label.size());
  }
  const auto line = [&](std::string_view index, std::string_view op, std::string_view label,
                        std::string_view shape, std::string_view value, std::string_view gradient) {
    return fmt::format("{:>6}  {:<{}}  {:<{}}  {:>11}  {:>10}  {:>10}\n", index, op, op_width,
                       label, label_width, shape, value, gradient);
  };
  std::string text = line("#", "op", "label", "shape", "σ value", "σ gradient");
  for (Index i = 0; i < tape.size(); ++i) {
    const Node& node = tape.node(i);
    text += line(std::to_string(i), node.kind(), node.label, to_string(shape_of(node.value())),
                 sigma(node.value()), node.has_gradient ? sigma(node.gradient()) : "–");
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Tape& tape) {
  return out << table(tape);
}

std::string dot(const Tape& tape) {
  std::string text = "digraph tape {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans\"];\n";
  for (Index i = 0; i < tape.size(); ++i) {
    const Node& node = tape.node(i);
    std::string caption(node.kind());
    if (!node.label.empty()) caption += " · " + node.label;
    caption += " · " + to_string(shape_of(node.value()));
    const std::string_view style = node.is_leaf ? ", style=rounded" : "";
    text += fmt::format("  n{} [label={:?}{}];\n", i, caption, style);
    for (std::uint32_t input : node.inputs) text += fmt::format("  n{} -> n{};\n", input, i);
  }
  return text + "}\n";
}

}  // namespace evenkeel
