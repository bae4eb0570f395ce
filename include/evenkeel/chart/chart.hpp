#pragma once

#include <cmath>
#include <cstddef>
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

/// What the colours of cells stand for: evenly from `low` to `high`, on the heat map's scale.
struct ColourScale {
  double low = 0, high = 1;
  std::vector<Colour> colours;
};

/// Cells in rows and columns, each with a colour and, where there is room, a text. Pixels that
/// make a picture have no text: they are square, and there are at least 2×2.
struct Grid {
  std::size_t columns = 0, rows = 0;
  std::vector<Colour> colours;            ///< row by row from the top
  std::vector<std::string> words;         ///< row by row, or none
  std::vector<std::string> across, down;  ///< names of columns; of equal shares of the rows
  std::vector<double> values = {};        ///< row by row, what the cells stand for, or none
  std::optional<ColourScale> scale = {};  ///< of a heat map it is drawn
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
  struct AxisSetting {
    std::string label;
    Axis axis = Axis::linear;
    std::optional<double> low, high;
  };
  enum class Kind { band, histogram, theory, line, points, vertical };
  struct Series {
    Kind kind;
    std::string name;
    std::vector<double> x, y;  ///< a band has its lower end in y; a vertical line has one x,
                               ///< a histogram its edges and, with a 0 at the end, its density
    Colour colour;
    std::vector<double> high = {};  ///< of a band
  };
  explicit Chart(std::string title, std::string subtitle = "")
      : title(std::move(title)), subtitle(std::move(subtitle)) {}

  Chart& x_axis(const std::string& label, Axis axis = Axis::linear) { return set(x, label, axis); }
  Chart& y_axis(const std::string& label, Axis axis = Axis::linear) { return set(y, label, axis); }
  /// Ends of an axis; without them the axis spans the data.
  Chart& x_range(double low, double high) { return set(x, low, high); }
  Chart& y_range(double low, double high) { return set(y, low, high); }

  Chart& line(std::string name, std::vector<double> xs, std::vector<double> ys, Colour colour) {
    return add({Kind::line, std::move(name), std::move(xs), std::move(ys), colour});
  }
  /// A dashed grey line: what was predicted.
  Chart& theory(std::string name, std::vector<double> xs, std::vector<double> ys) {
    return add({Kind::theory, std::move(name), std::move(xs), std::move(ys), colour::theory});
  }
  Chart& points(std::string name, std::vector<double> xs, std::vector<double> ys, Colour colour) {
    return add({Kind::points, std::move(name), std::move(xs), std::move(ys), colour});
  }
  /// A shaded area between `low` and `high`: the spread over seeds. The subtitle says which one.
  Chart& band(std::vector<double> xs, std::vector<double> low, std::vector<double> high,
              Colour colour) {
    return add({Kind::band, "", std::move(xs), std::move(low), colour, std::move(high)});
  }
  /// A vertical line with a text at its top: where one value stands in a distribution.
  Chart& vertical(std::string text, double at, Colour colour) {
    return add({Kind::vertical, std::move(text), {at}, {NAN}, colour});
  }
  Chart& add(Series added);
  /// A distribution as density, one in a panel; μ and σ stand above it.
  Chart& histogram(Histogram histogram, Colour colour);
  /// A chart holds one heat map or one grid and nothing else.
  Chart& heat_map(HeatMap map);
  Chart& cells(Grid cells);

  std::string title, subtitle;
  AxisSetting x, y;
  std::vector<Series> series;
  std::optional<HeatMap> heat;
  std::optional<Grid> grid;  ///< of a heat map too

 private:
  Chart& set(AxisSetting& which, const std::string& label, Axis axis);
  Chart& set(AxisSetting& which, double low, double high);
};

/// A grid of panels under one title, filled row by row.
struct Figure {
  explicit Figure(std::string title, std::string subtitle = "", std::size_t columns = 2)
      : title(std::move(title)), subtitle(std::move(subtitle)), columns(columns) {}
  /// A chart on its own: its title is the figure's.
  Figure(Chart chart);

  Figure& add(Chart panel) {
    panels.push_back(std::move(panel));
    return *this;
  }
  /// Size of one panel in pixels of the SVG; without it, what suits the number of columns.
  Figure& panel_size(double width, double height) {
    panel_width = width;
    panel_height = height;
    return *this;
  }

  std::string title, subtitle;
  std::size_t columns;  ///< at least 1
  std::vector<Chart> panels;
  std::optional<double> panel_width, panel_height;
};

}  // namespace evenkeel
