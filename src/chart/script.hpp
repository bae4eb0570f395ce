#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/draw.hpp"
#include "evenkeel/chart/text.hpp"

/// \file
/// A figure as a gnuplot script that holds its data.
namespace evenkeel::detail {

/// The script with its terminal; gnuplot writes the picture to standard output.
std::string picture_script(const Figure& figure, Format format, Size size);
std::string window_script(const Figure& figure, const std::string& terminal);
/// One panel in letters, without its titles.
std::string text_script(const Chart& panel, std::size_t width);

/// What a figure is drawn on. Lengths are pixels of the SVG, or letters in a terminal.
struct Canvas {
  double letters = 17;       // size of most text
  double narrowness = 0.56;  // mean width of a letter, in sizes
  double row = 22;           // height of a line of text
  double edge = 16;          // between the picture's edge and anything in it
  double line_width = 2.5;
  double enlarged = 1;  // panels, against a page
  double columns = 0;   // of letters; 0 for a picture

  bool in_letters() const { return columns > 0; }
  const char* powers() const { return in_letters() ? "1e%T" : "10^{%T}"; }
  double width_of(const std::string& words) const {
    return static_cast<double>(display_width(words)) * narrowness * letters;
  }
};

/// Where the data of a panel are drawn, from the top left corner of the picture. gnuplot chooses
/// the left end of curves, and the right one beside a legend.
struct Box {
  double left, right, top, bottom;

  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

/// The script as it grows.
struct Script {
  Canvas canvas;
  double width = 0, height = 0;  // of the picture
  std::string text;
  std::vector<std::string> elements;  // of the plot command that is being put together
  int blocks = 0;

  template <class... Values>
  void command(std::string_view format, const Values&... values) {
    text += fmt::format(fmt::runtime(format), values...) + "\n";
  }
  template <class... Values>
  void plot(const std::string& data, std::string_view format, const Values&... values) {
    elements.push_back(data + " " + fmt::format(fmt::runtime(format), values...));
  }
  /// A block of data, a line for each entry of the columns. Returns its name.
  std::string data(const std::vector<std::vector<double>>& columns);
  void label(const std::string& words, const std::string& place, const std::string& alignment,
             Colour colour, double size = 1, bool bold = false);
  /// As gnuplot takes a text.
  std::string quoted(const std::string& words) const;
  /// A place in pixels from the top left corner.
  std::string at(double x, double y) const {
    return fmt::format("screen {:.5f},{:.5f}", x / width, 1 - y / height);
  }
};

/// Room for a legend or for the names at the lines' ends.
double room_beside(const Canvas& canvas, const Chart& chart);
/// Lines, points, bands and histograms of a panel in `box`.
void add_curves(Script& out, const Chart& panel, const Box& box);

/// Whether the chart is a grid of cells: a heat map, tiles or an image.
bool is_cells(const Chart& chart);
/// Room for the names of its rows.
double name_width(const Canvas& canvas, const Chart& chart);
void add_cells(Script& out, const Chart& panel, Box box, bool names_rows);
/// The same in letters, without gnuplot: shades for numbers, digits for tiles.
std::string cells_as_text(const Chart& chart, std::size_t width);

}  // namespace evenkeel::detail
