#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "evenkeel/base/terminal.hpp"
#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/draw.hpp"

/// \file
/// A figure as a gnuplot script that holds its data.
namespace evenkeel::detail {

/// The script with its terminal; gnuplot writes the picture to standard output.
std::string picture_script(const Figure& figure, Format format, Size size);
std::string window_script(const Figure& figure, const std::string& terminal);
/// One panel in letters, without its titles.
std::string text_script(Chart panel, std::size_t width);

/// What a figure is drawn on. Lengths are pixels of the SVG, or letters in a terminal.
struct Canvas {
  double letters = 17;  // size of most text
  double letter = 9.5;  // mean width of a letter
  double row = 22;      // height of a line of text
  double edge = 16;     // between the picture's edge and anything in it
  double line_width = 2.5;
  double enlarged = 1;  // panels, against a page

  bool in_letters() const { return letters == 1; }
  double widest(const std::vector<std::string>& names) const;
};

/// Where the data of a panel are drawn, from the top left corner of the picture. gnuplot chooses
/// the left end of curves.
struct Box {
  double left, right, top, bottom;

  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

/// The script as it grows.
struct Script {
  Canvas canvas;
  double width = 1, height = 1;  // of the picture
  std::string text = {};
  std::vector<std::string> elements = {};  // of the plot command that is being put together
  int blocks = 0;

  template <class... Values>
  void command(std::string_view format, const Values&... values) {
    text += fmt::format(fmt::runtime(format), values...) + "\n";
  }
  template <class... Values>
  void plot(std::string_view format, const Values&... values) {
    elements.push_back(fmt::format(fmt::runtime(format), values...));
  }
  /// A block of data. Returns its name.
  std::string data(const std::vector<std::vector<double>>& rows);
  void label(const std::string& words, const std::string& place, const std::string& alignment,
             Colour colour, double size = 1, bool bold = false);
  /// As gnuplot takes a text.
  std::string quoted(const std::string& words) const;
  /// A place in pixels from the top left corner.
  std::string at(double x, double y) const {
    return fmt::format("screen {:.5f},{:.5f}", x / width, 1 - y / height);
  }
};

/// From where to where an axis runs, logarithms on a logarithmic one. gnuplot could choose it, but
/// tells it too late for labels at line ends, and gives up where the data are flat to the last bit,
/// denormal or near 1e308.
struct Range {
  explicit Range(Axis axis = Axis::linear) : log(axis == Axis::log) {}

  bool shows(double value) const { return std::isfinite(value) && (!log || value > 0); }
  void include(const std::vector<double>& values);
  /// The last of these: what `setting` fixes, or shares of room at both ends; and around one value.
  void finish(const Chart::AxisSetting& setting, double below, double above);
  /// A value as it lies on the axis, and back.
  double place(double value) const { return log ? std::log10(value) : value; }
  double value(double place) const { return log ? std::pow(10, place) : place; }
  /// Where `value` stands: 0 at the lower end, 1 at the upper one, between them always.
  double share(double value) const;
  /// What sets range, scale and ticks of an axis ("x", "y" or "cb") with `room` for so many
  /// labels. `measured` are values that label a logarithmic axis themselves if they are few.
  std::string commands(const std::string& name, double room, bool in_letters,
                       const std::vector<double>& measured = {}) const;

  bool log;
  bool whole = true;  // nothing but whole numbers: no tick between them
  double low = INFINITY, high = -INFINITY;
};

/// Makes room around one value alone, or around values that differ in their last bits.
void widen_if_flat(double& low, double& high);

/// Room for a legend, the names at the lines' ends or those of a grid's rows.
double room_beside(const Canvas& canvas, const Chart& chart);
bool has_histogram(const Chart& chart);
/// Lines, points, bands and histograms of a panel in `box`.
void add_curves(Script& out, const Chart& panel, const Box& box);

/// A heat map or a grid.
void add_cells(Script& out, const Chart& panel, Box box);
double name_width(const Canvas& canvas, const Grid& grid);
Range scale_of(const HeatMap& map);
/// The same in letters, without gnuplot: a table, and shades for a picture.
std::string cells_as_text(const Chart& chart, std::size_t width);

}  // namespace evenkeel::detail
