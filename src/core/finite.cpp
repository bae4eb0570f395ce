#include "core/finite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"

namespace evenkeel {

namespace {

using NodeList = std::span<const std::unique_ptr<Node>>;

// "from -3 to 0.5", of the finite entries, and how many are not: ", 2 of 6 NaN or Inf"
std::string range_of(const Matrix& x) {
  const arma::uvec finite = arma::find_finite(x);
  std::string text = "nothing finite";
  if (!finite.is_empty()) {
    const Matrix entries = x.elem(finite);
    text = fmt::format("from {:.4g} to {:.4g}", entries.min(), entries.max());
  }
  const Index rest = x.n_elem - finite.n_elem;
  return rest == 0 ? text : fmt::format("{}, {} of {} NaN or Inf", text, rest, x.n_elem);
}

std::string first_bad_entry(const Matrix& x) {
  const arma::uvec bad = arma::find_nonfinite(x);
  const Index at = bad[0];
  return fmt::format("{} at row {}, column {}", std::isnan(x[at]) ? "NaN" : "Inf", at % x.n_rows,
                     at / x.n_rows);
}

std::string line_of(NodeList nodes, Index i) {
  return fmt::format("{}: {}", describe(*nodes[i], i), range_of(nodes[i]->value()));
}

// What the op at `maker` saw, and its neighbours on the tape, whose labels say which layer it is.
std::string surroundings(NodeList nodes, Index maker) {
  std::string text;
  for (std::uint32_t input : nodes[maker]->inputs) {
    text += fmt::format("\n  input: {}", line_of(nodes, input));
  }
  text += "\n  around it on the tape:";
  const Index last = std::min<Index>(maker + 3, nodes.size());
  for (Index i = maker - std::min<Index>(maker, 3); i < last; ++i) {
    text += fmt::format("\n  {} {}", i == maker ? '>' : ' ', line_of(nodes, i));
  }
  return text;
}

[[noreturn]] void fail_at(NodeList nodes, Index maker, std::string_view what, Index of,
                          const Matrix& x, std::string_view more) {
  fail(nodes[maker]->kind(), "made the first NaN or Inf: it is in the {} of {}, the first {}{}{}",
       what, describe(*nodes[of], of), first_bad_entry(x), more, surroundings(nodes, maker));
}

}  // namespace

void require_finite_value(NodeList nodes) {
  if (nodes.back()->value().is_finite()) return;
  Index maker = 0;
  while (nodes[maker]->value().is_finite()) ++maker;
  const Index here = nodes.size() - 1;
  const std::string carrier =
      maker == here ? "" : fmt::format("\n  {} only carries it", describe(*nodes[here], here));
  fail_at(nodes, maker, "value", maker, nodes[maker]->value(), carrier);
}

void require_finite_gradient(NodeList nodes, Index maker, Index of, const Matrix& gradient) {
  if (gradient.is_finite()) return;
  const Matrix& dy = nodes[maker]->gradient();
  const std::string upstream = fmt::format("\n  its upstream gradient, of {}: {}",
                                           describe(*nodes[maker], maker), range_of(dy));
  fail_at(nodes, maker, "gradient", of, gradient, upstream);
}

void require_finite_seed(NodeList nodes, Index at, const Matrix& dy) {
  if (dy.is_finite()) return;
  fail("backward", "made the first NaN or Inf: it is in the upstream gradient of {}, the first {}",
       describe(*nodes[at], at), first_bad_entry(dy));
}

}  // namespace evenkeel
