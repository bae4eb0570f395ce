#pragma once

#include <string>
#include <vector>

#include "evenkeel/chart/chart.hpp"

#include "scale.hpp"

/// \file
/// Where everything of a figure stands, in pixels from the top left corner. gnuplot is told each
/// place, so that nothing depends on how it would have guessed the size of a text.
namespace evenkeel::detail {

enum class Align { left, centre, right };

/// A text whose middle line is at y.
struct Text {
  std::string text;
  double x, y;
  Align align;
  double size;  // of the letters
  Colour colour;
  bool bold = false;
};

/// A line or dot in the legend, at x to x + sample_width.
struct LegendEntry {
  Chart::Kind kind;
  Colour colour;
  double x, y;
};

/// The rectangle in which the data are drawn.
struct Box {
  double left = 0, right = 0, top = 0, bottom = 0;

  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

struct Panel {
  const Chart* chart;
  Box box;
  Scale x, y;
  std::vector<Text> texts;
  std::vector<LegendEntry> legend;
};

struct Layout {
  double width, height;
  std::vector<Text> texts;  // title and subtitle of the whole
  std::vector<Panel> panels;
};

inline constexpr double sample_width = 24;  // of a line in the legend
inline constexpr double letters = 17;       // size of most text
inline constexpr double tile_gap = 0.35;    // between groups of rows in a tile map, in cells

/// An estimate of a text's width in pixels, on the wide side.
double text_width(const std::string& text, double size, bool bold = false);

/// A cell of the tile map in `box`, at most twice as wide as high.
struct Cell {
  double width, height;
};
Cell cell_in(const TileMap& map, const Box& box);

/// \throws std::invalid_argument if the figure has no panel.
Layout layout_of(const Figure& figure);

}  // namespace evenkeel::detail
