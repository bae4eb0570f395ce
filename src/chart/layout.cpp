#include "layout.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "evenkeel/chart/text.hpp"

#include "annotate.hpp"

namespace evenkeel::detail {
namespace {

constexpr double edge = 16;          // between the picture's edge and anything in it
constexpr double panel_gap = 34;     // between two panels
constexpr double tick_room = 12;     // for a tick and the space to its label
constexpr double axis_gap = 10;      // between the label of the y axis and the axis
constexpr double line_height = 1.3;  // of a line of text, in sizes of its letters

struct Size {
  double width, height;
};

// A picture is shown about 700 pixels wide: the more panels in a row, the smaller each has to be.
Size panel_size(const Figure& figure) {
  const Size usual = figure.columns == 1   ? Size{840, 470}
                     : figure.columns == 2 ? Size{520, 350}
                     : figure.columns == 3 ? Size{370, 320}
                                           : Size{200, 430};
  return {figure.panel_width.value_or(usual.width), figure.panel_height.value_or(usual.height)};
}

// Lines about as long as each other: no word alone on the last one.
std::vector<std::string> balanced(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines = wrap(text, columns);
  const auto letters_in = [](const std::vector<std::string>& parts) {
    std::size_t sum = 0;
    for (const std::string& part : parts) sum += part.size() + 1;
    return sum;
  };
  for (std::size_t narrower = columns - 1; lines.size() > 1 && narrower > 0; --narrower) {
    const std::vector<std::string> next = wrap(text, narrower);
    // One more line, or a word that had to be cut: too narrow.
    if (next.size() > lines.size() || letters_in(next) != letters_in(lines)) break;
    lines = next;
  }
  return lines;
}

// Lines of a title or subtitle from `y` down; moves y below them.
void stack(std::vector<Text>& texts, const std::string& title, double x, double& y, double width,
           double size, Colour colour, bool bold) {
  const double letter = text_width("n", size, bold);
  for (const std::string& line : balanced(title, static_cast<std::size_t>(width / letter))) {
    texts.push_back({line, x, y + size * line_height / 2, Align::left, size, colour, bold});
    y += size * line_height;
  }
}

// The titles of a panel, its top left corner at (0, 0), and how much room they take.
struct Heading {
  std::vector<Text> texts;
  double height = 0;
};

Heading heading_of(const Chart& chart, double width) {
  Heading heading;
  stack(heading.texts, chart.title, 0, heading.height, width, 18, colour::text, true);
  stack(heading.texts, chart.subtitle, 0, heading.height, width, 15, colour::faint_text, false);
  // The label of the y axis lies above it, where it need not be read sideways.
  if (!chart.y.label.empty() || chart.heat) heading.height += 8 + letters * line_height;
  heading.height += axis_gap;
  return heading;
}

double widest_label(const std::vector<Tick>& ticks) {
  double widest = 0;
  for (const Tick& tick : ticks) widest = std::max(widest, text_width(tick.label, letters));
  return widest;
}

// What stands around the box, and must be equal for the panels of a column or row.
struct Margins {
  double left = 0, right = 0, top = 0, bottom = 0;
};

double bottom_margin(const Chart& chart) {
  if (chart.picture && chart.x.label.empty()) return 0;
  return tick_room + letters * line_height + (chart.x.label.empty() ? 0 : letters * 1.6);
}

// Tile maps side by side name their rows once, at the first of them.
bool rows_are_named(const Figure& figure, std::size_t i, std::size_t columns) {
  if (i % columns == 0 || !figure.panels[i].tile_map || !figure.panels[i - 1].tile_map) return true;
  return figure.panels[i].tile_map->groups != figure.panels[i - 1].tile_map->groups;
}

Margins margins_of(const Chart& chart, Size size, bool named_rows) {
  const double top = heading_of(chart, size.width).height;
  const double bottom = bottom_margin(chart);
  const Scale y = y_scale(chart, size.height - top - bottom);
  const double beside = named_rows ? widest_label(y.ticks) + tick_room : 4;
  const double left = chart.picture ? 0 : beside;
  return {left, right_margin(chart), top, bottom};
}

Margins wider(const Margins& a, const Margins& b) {
  return {std::max(a.left, b.left), std::max(a.right, b.right), std::max(a.top, b.top),
          std::max(a.bottom, b.bottom)};
}

// The columns and rows of panels: the boxes of all are of one size.
struct Grid {
  Size box;
  std::vector<Margins> columns, rows;

  double width_of(std::size_t column) const {
    return columns[column].left + box.width + columns[column].right;
  }
  double left_of(std::size_t column) const {
    return column == 0 ? edge : left_of(column - 1) + width_of(column - 1) + panel_gap;
  }
};

Grid grid_of(const Figure& figure) {
  const Size size = panel_size(figure);
  const std::size_t columns = std::min(figure.columns, figure.panels.size());
  const std::size_t rows = (figure.panels.size() + columns - 1) / columns;
  Grid grid{{0, 0}, std::vector<Margins>(columns), std::vector<Margins>(rows)};
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const Margins margins = margins_of(figure.panels[i], size, rows_are_named(figure, i, columns));
    grid.columns[i % columns] = wider(grid.columns[i % columns], margins);
    grid.rows[i / columns] = wider(grid.rows[i / columns], margins);
  }
  // The column with the narrowest margins is as wide as a panel should be; the others are wider.
  for (const Margins& column : grid.columns)
    grid.box.width = std::max(grid.box.width, size.width - column.left - column.right);
  for (const Margins& row : grid.rows)
    grid.box.height = std::max(grid.box.height, size.height - row.top - row.bottom);
  return grid;
}

Panel place(const Chart& chart, double left, double top, double width, const Box& box,
            bool named_rows) {
  Panel panel{&chart, box, {}, {}, {}, {}};
  for (Text text : heading_of(chart, width).texts) {
    text.x += left;
    text.y += top;
    panel.texts.push_back(text);
  }
  panel.x = x_scale(chart, panel.box.width());
  panel.y = y_scale(chart, panel.box.height());
  if (chart.tile_map) {
    const Cell cell = cell_in(*chart.tile_map, panel.box);
    panel.box.right = panel.box.left + cell.width * panel.x.high;
    panel.box.bottom = panel.box.top + cell.height * panel.y.low;  // the axis runs downwards
  }
  if (chart.picture) {  // pixels are square
    const double pixel =
        std::min(panel.box.width() / panel.x.high, panel.box.height() / panel.y.low);
    panel.box.right = panel.box.left + pixel * panel.x.high;
    panel.box.bottom = panel.box.top + pixel * panel.y.low;
  }
  if (!named_rows)
    panel.y.ticks.clear();
  else if (!chart.y.label.empty())
    panel.texts.push_back({chart.y.label, left, panel.box.top - axis_gap - letters * 0.65,
                           Align::left, letters, colour::text});
  const double label_y = panel.box.bottom + tick_room + letters * (line_height + 0.8);
  if (!chart.x.label.empty())
    panel.texts.push_back({chart.x.label, (panel.box.left + panel.box.right) / 2, label_y,
                           Align::centre, letters, colour::text});
  annotate(panel);
  return panel;
}

}  // namespace

double text_width(const std::string& text, double size, bool bold) {
  return static_cast<double>(display_width(text)) * size * (bold ? 0.64 : 0.56);
}

Cell cell_in(const TileMap& map, const Box& box) {
  const double gaps =
      map.groups.empty() ? 0 : tile_gap * static_cast<double>(map.groups.size() - 1);
  const double rows = static_cast<double>(map.rows) + gaps;
  const double width = box.width() / static_cast<double>(map.columns);
  const double height = std::min(width, box.height() / rows);
  return {std::min(width, 2 * height), height};
}

Layout layout_of(const Figure& figure) {
  if (figure.panels.empty())
    throw std::invalid_argument("[figure] \"" + figure.title + "\" has no panel");
  const Grid grid = grid_of(figure);
  const std::size_t columns = grid.columns.size();
  Layout layout{grid.left_of(columns - 1) + grid.width_of(columns - 1) + edge, 0, {}, {}};
  double top = edge;
  const double width = layout.width - 2 * edge;
  stack(layout.texts, figure.title, edge, top, width, 22, colour::text, true);
  stack(layout.texts, figure.subtitle, edge, top, width, 16, colour::faint_text, false);
  if (figure.panels.size() > 1) top += 18;
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const std::size_t column = i % columns;
    if (column == 0 && i > 0) top += panel_gap;
    const Margins& row = grid.rows[i / columns];
    const double left = grid.left_of(column);
    const double box_left = left + grid.columns[column].left;
    const Box box{box_left, box_left + grid.box.width, top + row.top,
                  top + row.top + grid.box.height};
    layout.panels.push_back(place(figure.panels[i], left, top, grid.width_of(column), box,
                                  rows_are_named(figure, i, columns)));
    const bool last_of_row = column + 1 == columns || i + 1 == figure.panels.size();
    if (last_of_row) top = box.bottom + row.bottom;
  }
  layout.height = top + edge;
  return layout;
}

}  // namespace evenkeel::detail
