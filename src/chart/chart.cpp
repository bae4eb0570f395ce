#include "evenkeel/chart/chart.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "evenkeel/base/error.hpp"

#include "range.hpp"

namespace evenkeel {
namespace {

void expect_length(const std::string& what, std::size_t expected, std::size_t got) {
  if (expected != got) {
    fail("chart", fmt::format("{} must have {} values, got {}", what, expected, got));
  }
}

void expect_rising(const std::string& axis, double low, double high) {
  if (!(low < high)) {
    fail("chart", fmt::format("the {} range must rise, got {} to {}", axis, low, high));
  }
}

std::vector<double> finite_of(const std::vector<double>& values) {
  std::vector<double> finite;
  for (double value : values) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  return finite;
}

}  // namespace

Histogram histogram_of(const std::vector<double>& values, std::size_t bins) {
  const std::vector<double> finite = finite_of(values);
  if (finite.empty() || bins == 0) {
    fail("histogram", fmt::format("needs a finite value and a bin, got {} of {} values finite and "
                                  "{} bins",
                                  finite.size(), values.size(), bins));
  }
  const auto [smallest, largest] = std::minmax_element(finite.begin(), finite.end());
  double low = *smallest, high = *largest;
  detail::widen_if_flat(low, high);
  const double count = static_cast<double>(finite.size());
  const double parts = static_cast<double>(bins);
  const double width = high / parts - low / parts;  // high - low may be infinite

  Histogram result;
  for (std::size_t i = 0; i <= bins; ++i)
    result.edges.push_back(low + width * static_cast<double>(i));
  result.density.assign(bins, 0);
  for (double value : finite) {
    const auto bin = static_cast<std::size_t>(value / width - low / width);
    result.density[std::min(bin, bins - 1)] += 1 / (count * width);
    result.mean += value / count;
  }
  for (double value : finite) result.sigma += (value - result.mean) * (value - result.mean) / count;
  result.sigma = std::sqrt(result.sigma);
  return result;
}

Chart::Chart(std::string title, std::string subtitle)
    : title(std::move(title)), subtitle(std::move(subtitle)) {}

Chart& Chart::x_axis(std::string label, Axis axis) {
  x.label = std::move(label);
  x.axis = axis;
  return *this;
}

Chart& Chart::y_axis(std::string label, Axis axis) {
  y.label = std::move(label);
  y.axis = axis;
  return *this;
}

Chart& Chart::x_range(double low, double high) {
  expect_rising("x", low, high);
  x.low = low, x.high = high;
  return *this;
}

Chart& Chart::y_range(double low, double high) {
  expect_rising("y", low, high);
  y.low = low, y.high = high;
  return *this;
}

Chart& Chart::line(std::string name, std::vector<double> xs, std::vector<double> ys,
                   Colour colour) {
  expect_length("line \"" + name + "\"", xs.size(), ys.size());
  series.push_back({Kind::line, std::move(name), std::move(xs), std::move(ys), colour});
  return *this;
}

Chart& Chart::theory(std::string name, std::vector<double> xs, std::vector<double> ys) {
  expect_length("theory \"" + name + "\"", xs.size(), ys.size());
  series.push_back({Kind::theory, std::move(name), std::move(xs), std::move(ys), colour::theory});
  return *this;
}

Chart& Chart::band(std::vector<double> xs, std::vector<double> low, std::vector<double> high,
                   Colour colour) {
  expect_length("the lower end of a band", xs.size(), low.size());
  expect_length("the upper end of a band", xs.size(), high.size());
  bands.push_back({std::move(xs), std::move(low), std::move(high), colour});
  return *this;
}

Chart& Chart::points(std::string name, std::vector<double> xs, std::vector<double> ys,
                     Colour colour) {
  expect_length("points \"" + name + "\"", xs.size(), ys.size());
  series.push_back({Kind::points, std::move(name), std::move(xs), std::move(ys), colour});
  return *this;
}

Chart& Chart::vertical(std::string text, double at_x, Colour colour) {
  verticals.push_back({std::move(text), at_x, colour});
  return *this;
}

Chart& Chart::histogram(std::string name, Histogram histogram, Colour colour) {
  expect_length("histogram \"" + name + "\" edges", histogram.density.size() + 1,
                histogram.edges.size());
  histograms.push_back({std::move(name), std::move(histogram), colour});
  return *this;
}

Chart& Chart::heat_map(HeatMap map) {
  expect_length("the heat map", map.rows.size() * map.columns.size(), map.values.size());
  if (map.values.empty()) fail("chart", "the heat map has no cell");
  heat = std::move(map);
  return *this;
}

Chart& Chart::tiles(TileMap map) {
  expect_length("the tile map", map.rows * map.columns, map.tile.size());
  if (!map.groups.empty() && map.rows % map.groups.size() != 0) {
    fail("chart",
         fmt::format("{} groups do not divide the {} rows of tiles", map.groups.size(), map.rows));
  }
  if (map.tile.empty()) fail("chart", "the tile map has no cell");
  tile_map = std::move(map);
  return *this;
}

Chart& Chart::image(Image image) {
  expect_length("the image", 3 * image.width * image.height, image.rgb.size());
  if (image.width < 2 || image.height < 2) {  // gnuplot draws no smaller one
    fail("chart", fmt::format("the image must have at least 2×2 pixels, got {}×{}", image.width,
                              image.height));
  }
  picture = std::move(image);
  return *this;
}

Figure::Figure(std::string title, std::string subtitle, std::size_t columns)
    : title(std::move(title)),
      subtitle(std::move(subtitle)),
      columns(std::max<std::size_t>(columns, 1)) {}

Figure::Figure(Chart chart) : title(chart.title), subtitle(chart.subtitle), columns(1) {
  chart.title.clear();
  chart.subtitle.clear();
  panels.push_back(std::move(chart));
}

Figure& Figure::add(Chart panel) {
  panels.push_back(std::move(panel));
  return *this;
}

Figure& Figure::panel_size(double width, double height) {
  panel_width = width;
  panel_height = height;
  return *this;
}

}  // namespace evenkeel
