#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/chart/palette.hpp"

/// \file
/// What a chart shows, as plain values. How it is drawn is in draw.hpp.
namespace evenkeel {

/// How the numbers lie on an axis. A logarithmic axis leaves out what is not above zero; it is
/// labelled by the measured x values if they are few, by 1, 2, 5, 10, … if there is room, or by
/// decades.
enum class Axis { linear, log };

/// A distribution: bin i counts the values from edges[i] up to edges[i + 1].
struct Histogram {
  std::vector<double> edges;    ///< bins + 1, rising
  std::vector<double> density;  ///< bins; the area under it is the share of finite values within
  double mean = 0;              ///< of all finite values
  double sigma = 0;             ///< biased: divided by n
};

/// Sorts the finite values into `bins` bins of equal width between the smallest and the largest.
/// Throws Error if no value is finite or `bins` is 0.
Histogram histogram_of(const std::vector<double>& values, std::size_t bins = 40);

/// A grid of numbers shown as colours. NaN and infinity are marked ×, as diverged.
struct HeatMap {
  std::vector<std::string> columns;  ///< names from left to right
  std::vector<std::string> rows;     ///< names from top to bottom
  std::vector<double> values;        ///< row by row: values[row * columns.size() + column]
  std::string meaning;               ///< what the colour stands for, with its unit
  Axis scale = Axis::linear;
};

/// The figure "same colour = normalized together". Row r of sample c belongs to tile
/// tile[c * rows + r]: one column, one sample, as in a batch.
struct TileMap {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::size_t> tile;
  std::vector<std::string> groups;  ///< names for equal shares of the rows: "channel 0", …; or none
};

/// A picture, pixel by pixel; at least 2×2.
struct Image {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> rgb;  ///< red, green and blue of each pixel, row by row from the top
};

/// One panel. The title states what was found, the subtitle the setting in which it was.
///
///     Chart chart{"Without normalization σ grows 2.8× a layer", "10 ReLU layers, seed 42"};
///     chart.x_axis("layer").y_axis("σ of activations", Axis::log);
///     chart.band(layers, low, high, colour::none)
///         .line("no norm", layers, sigma, colour::none)
///         .theory("theory s√(n/2)", layers, predicted);
///
/// Four named lines or fewer are labelled at their ends; more get a legend beside the plot, in the
/// order in which they were given. Each function that adds something throws
/// Error if the lengths do not match.
struct Chart {
  explicit Chart(std::string title, std::string subtitle = "");

  Chart& x_axis(std::string label, Axis axis = Axis::linear);
  Chart& y_axis(std::string label, Axis axis = Axis::linear);
  /// Ends of an axis; without them the axis spans the data.
  Chart& x_range(double low, double high);
  Chart& y_range(double low, double high);

  Chart& line(std::string name, std::vector<double> x, std::vector<double> y, Colour colour);
  /// A dashed grey line: what was predicted.
  Chart& theory(std::string name, std::vector<double> x, std::vector<double> y);
  /// A shaded area between `low` and `high`: the spread over seeds. The subtitle says which one.
  Chart& band(std::vector<double> x, std::vector<double> low, std::vector<double> high,
              Colour colour);
  Chart& points(std::string name, std::vector<double> x, std::vector<double> y, Colour colour);
  /// A vertical line at `x` with a text at its top: where one value stands in a distribution.
  Chart& vertical(std::string text, double x, Colour colour);
  /// A distribution as density; its μ and σ stand in the corner.
  Chart& histogram(std::string name, Histogram histogram, Colour colour);
  /// A chart holds one heat map, one tile map or one image and nothing else.
  Chart& heat_map(HeatMap map);
  Chart& tiles(TileMap map);
  Chart& image(Image image);

  struct AxisSetting {
    std::string label;
    Axis axis = Axis::linear;
    std::optional<double> low, high;
  };
  enum class Kind { line, theory, points };
  struct Series {
    Kind kind;
    std::string name;
    std::vector<double> x, y;
    Colour colour;
  };
  struct Band {
    std::vector<double> x, low, high;
    Colour colour;
  };
  struct Vertical {
    std::string text;
    double x;
    Colour colour;
  };
  struct NamedHistogram {
    std::string name;
    Histogram histogram;
    Colour colour;
  };

  std::string title, subtitle;
  AxisSetting x, y;
  std::vector<Series> series;
  std::vector<Band> bands;
  std::vector<Vertical> verticals;
  std::vector<NamedHistogram> histograms;
  std::optional<HeatMap> heat;
  std::optional<TileMap> tile_map;
  std::optional<Image> picture;
};

/// A grid of panels under one title, filled row by row.
struct Figure {
  explicit Figure(std::string title, std::string subtitle = "", std::size_t columns = 2);
  /// A chart on its own: its title is the figure's.
  Figure(Chart chart);

  Figure& add(Chart panel);
  /// Size of one panel in pixels of the SVG; without it, what suits the number of columns.
  Figure& panel_size(double width, double height);

  std::string title, subtitle;
  std::size_t columns;
  std::vector<Chart> panels;
  std::optional<double> panel_width, panel_height;
};

}  // namespace evenkeel
