#include "evenkeel/chart/chart.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/fail.hpp"
#include "evenkeel/base/table.hpp"

#include "script.hpp"

namespace evenkeel {
namespace {

void expect_length(const std::string& what, std::size_t expected, std::size_t got) {
  if (expected != got) {
    fail("chart", "{} must have {} values, got {}", what, expected, got);
  }
}

}  // namespace

Histogram histogram_of(const std::vector<double>& values, std::size_t bins) {
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite),
                       [](double v) { return std::isfinite(v); });
  if (finite.empty() || bins == 0) {
    fail("histogram", "needs a finite value and a bin, got {} of {} values finite and {} bins",
         finite.size(), values.size(), bins);
  }
  auto [low, high] = std::ranges::minmax(finite);
  detail::widen_if_flat(low, high);
  const double count = static_cast<double>(finite.size());
  const double parts = static_cast<double>(bins);
  const double width = high / parts - low / parts;  // high - low may be infinite

  Histogram result{{}, std::vector<double>(bins)};
  for (std::size_t i = 0; i <= bins; ++i) {
    result.edges.push_back(low + width * static_cast<double>(i));
  }
  for (double value : finite) {
    const auto bin = static_cast<std::size_t>(value / width - low / width);
    result.density[std::min(bin, bins - 1)] += 1 / (count * width);
    result.mean += value / count;
  }
  for (double value : finite) {
    result.sigma += (value - result.mean) * (value - result.mean) / count;
  }
  result.sigma = std::sqrt(result.sigma);
  return result;
}

Chart& Chart::set(AxisSetting& which, const std::string& label, Axis axis) {
  which.label = label;
  which.axis = axis;
  return *this;
}

Chart& Chart::set(AxisSetting& which, double low, double high) {
  if (!(low < high)) {
    fail("chart", "the {} range must rise, got {} to {}", &which == &x ? "x" : "y", low, high);
  }
  which.low = low;
  which.high = high;
  return *this;
}

Chart& Chart::add(Series added) {
  const std::string what = "series \"" + added.name + "\"";
  expect_length(what, added.x.size(), added.y.size());
  if (added.kind == Kind::band) expect_length("a band", added.x.size(), added.high.size());
  series.push_back(std::move(added));
  return *this;
}

Chart& Chart::histogram(Histogram histogram, Colour colour) {
  if (detail::has_histogram(*this)) fail("chart", "a panel holds one histogram");
  std::string name =
      fmt::format("μ {}   σ {}", format_number(histogram.mean), format_number(histogram.sigma));
  histogram.density.push_back(0);  // the last step goes down to the axis
  return add({Kind::histogram, std::move(name), std::move(histogram.edges),
              std::move(histogram.density), colour});
}

Chart& Chart::heat_map(HeatMap map) {
  expect_length("the heat map", map.rows.size() * map.columns.size(), map.values.size());
  if (map.values.empty()) fail("chart", "the heat map has no cell");
  const detail::Range scale = detail::scale_of(map);
  Grid shown{map.columns.size(), map.rows.size(), {}, {}, map.columns, map.rows};
  for (double value : map.values) {
    const bool finite = scale.shows(value);
    shown.colours.push_back(finite ? colour::heat_at(scale.share(value)) : colour::diverged);
    shown.words.push_back(finite ? fmt::format("{:.2g}", value) : "×");
  }
  shown.values = map.values;
  shown.scale = {scale.value(scale.low), scale.value(scale.high), {}};
  shown.scale->colours.assign(colour::heat.begin(), colour::heat.end());
  heat = std::move(map);
  return cells(std::move(shown));
}

Chart& Chart::cells(Grid cells) {
  const std::size_t least = cells.words.empty() ? 2 : 1;  // gnuplot draws no smaller picture
  if (std::min(cells.columns, cells.rows) < least) {
    fail("chart", "a grid must have at least {0}×{0} cells, got {1}×{2}", least, cells.columns,
         cells.rows);
  }
  expect_length("the grid", cells.columns * cells.rows, cells.colours.size());
  if (!cells.words.empty()) expect_length("its words", cells.colours.size(), cells.words.size());
  if (!cells.values.empty()) expect_length("its values", cells.colours.size(), cells.values.size());
  if (!cells.down.empty() && cells.rows % cells.down.size() != 0) {
    fail("chart", "{} names do not divide the {} rows of the grid", cells.down.size(), cells.rows);
  }
  for (std::vector<std::string>* names : {&cells.across, &cells.down}) {
    for (std::string& name : *names) {
      name = fit(printable(name), 32);  // columns; the rest is cut
    }
  }
  grid = std::move(cells);
  return *this;
}

Figure::Figure(Chart chart) : title(chart.title), subtitle(chart.subtitle), columns(1) {
  chart.title.clear();
  chart.subtitle.clear();
  panels.push_back(std::move(chart));
}

}  // namespace evenkeel
