#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/text.hpp"

#include "range.hpp"

namespace evenkeel::detail {

// What a figure is drawn on. Lengths are pixels of the SVG, or letters in a terminal.
struct Canvas {
  double letters = 17;       // size of most text
  double narrowness = 0.56;  // mean width of a letter, in sizes
  double line_height = 1.3;  // in sizes
  double edge = 16;          // between the picture's edge and anything in it
  double line_width = 2.5;
  double enlarged = 1;  // panels, against a page
  double columns = 0;   // of letters; 0 for a picture

  const char* powers() const { return in_letters() ? "1e%T" : "10^{%T}"; }
  bool in_letters() const { return columns > 0; }
  double width_of(const std::string& words) const {
    return static_cast<double>(display_width(words)) * narrowness * letters;
  }
};

// What tells lines apart in a grey print: a dash and a marker.
struct Look {
  Colour colour;
  const char* dash;
  int marker;
};

// Text in a script; `enhanced` is gnuplot's mode of that name, where _ and ^ have a meaning.
std::string in_quotes(const std::string& text, bool enhanced);

// Moves names apart as little as it takes: `places` are their middles from the bottom (0) to the top
// (1) of the axis, `height` is that of one name.
void spread(std::vector<double>& places, double height);

// Writes one figure. gnuplot finds the left margin, the room for a legend and the ticks; we say where
// the titles stand, and how high the boxes of a row are.
class FigureScript {
 public:
  FigureScript(const Figure& figure, const Canvas& canvas);

  std::string text;  // without the terminal
  double width = 0, height = 0;

 private:
  // Of a title or subtitle; `size` against most text.
  struct Line {
    std::string words;
    double size;
    Colour colour;
    bool bold;
  };
  // Of a panel, from the top left corner of the picture.
  struct Place {
    double left, top, box_top, bottom, width;
  };
  struct Box {
    double left, right, top, bottom;
  };

  std::vector<Line> lines_of(const std::string& title, const std::string& subtitle, double room,
                             double size) const;
  double height_of(const std::vector<Line>& lines) const;
  void write(const std::vector<Line>& lines, double left, double top);
  double room_above(const Chart& panel) const;
  double room_below(const Chart& panel) const;
  bool names_rows(std::size_t i) const;

  void draw(const Chart& panel, const Place& place, bool names_rows);
  void curves(const Chart& panel);
  void key(const Chart& panel);
  void bands(const Chart& panel);
  void histograms(const Chart& panel);
  void series(const Chart& panel);
  std::string style_of(const Chart::Series& s, const Look& look, int over) const;
  void end_labels(const Chart& panel, double row);
  void marks(const Chart& panel, double row);
  void note_missing(const Chart& panel, double row);
  std::optional<std::size_t> end_of(const Chart::Series& s) const;
  bool shown(double x, double y) const;

  void fit_cells(const Chart& panel, bool names_rows);
  void cells(const Chart& panel, bool names_rows);
  void heat(const HeatMap& map);
  void tiles(const TileMap& map);
  void image(const Image& image);
  void name_ticks(const char* axis, const std::vector<std::string>& names,
                  const std::vector<double>& places, double room);
  void add_cell(std::vector<std::vector<double>>& columns, double column, double row, double inset,
                double value);
  double name_width(const Chart& panel) const;

  template <class... Values>
  void command(std::string_view format, const Values&... values) {
    text += fmt::format(fmt::runtime(format), values...) + "\n";
  }
  template <class... Values>
  void plot(const std::string& data, std::string_view format, const Values&... values) {
    elements_.push_back(data + " " + fmt::format(fmt::runtime(format), values...));
  }
  // A block of data, a line for each entry of the columns. Returns its name.
  std::string data(const std::vector<std::vector<double>>& columns);
  std::string quoted(const std::string& words) const {
    return in_quotes(words, !canvas_.in_letters());
  }
  void label(const std::string& words, const std::string& place, const std::string& alignment,
             Colour colour, double size = 1, bool bold = false);
  std::string at(double x, double y) const {
    return fmt::format("screen {:.5f},{:.5f}", x / width, 1 - y / height);
  }

  const Figure& figure_;
  const Canvas canvas_;
  std::size_t columns_;
  double panel_width_, panel_height_;
  std::vector<Place> places_;
  Box box_{};  // of the panel that is being drawn, as far as we know it
  Range x_, y_;
  double cell_width_ = 0, cell_height_ = 0;
  int blocks_ = 0;
  std::vector<std::string> elements_;  // of its plot command
};

}  // namespace evenkeel::detail
