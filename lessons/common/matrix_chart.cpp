#include "matrix_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace evenkeel::lesson {

namespace {

constexpr double negligible = 1e-12;

}  // namespace

Chart matrix_chart(Matrix m, const std::string& title, Cells cells) {
  const Colour paper{0xFFFFFF};
  const double largest = m.is_empty() ? 0 : double(arma::abs(m).max());
  m.clean(static_cast<Scalar>(negligible * largest));
  Grid grid{m.n_cols, m.n_rows, {}, {}, {}, {}};
  const auto shade = [&](double share) {
    return mix(paper, share < 0 ? colour::batch : colour::none, 0.6 * std::abs(share));
  };
  for (Index i = 0; i < m.n_elem; ++i) {  // row by row
    const double entry = m(i / m.n_cols, i % m.n_cols);
    grid.colours.push_back(shade(largest > 0 ? entry / largest : 0));
    grid.values.push_back(entry);
    if (cells == Cells::with_numbers) grid.words.push_back(fmt::format("{:.3g}", entry));
  }
  if (largest > 0) grid.scale = {-largest, largest, {shade(-1), paper, shade(1)}};
  return Chart(title).cells(std::move(grid));
}

Chart matrix_chart(const TracedMatrix& m, const std::string& title, const TracedMatrix& x) {
  Matrix corner(m.shown_rows, m.shown_cols);
  std::transform(m.entries.begin(), m.entries.end(), corner.begin(),
                 [](double entry) { return static_cast<Scalar>(entry); });
  corner.clean(static_cast<Scalar>(negligible * std::max(x.max, -x.min)));
  return matrix_chart(std::move(corner), title);
}

}  // namespace evenkeel::lesson
