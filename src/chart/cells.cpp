// Heat maps, tiles and images: grids of cells, row 0 at the top.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "evenkeel/chart/number.hpp"

#include "figure_script.hpp"
#include "script.hpp"

namespace evenkeel::detail {
namespace {

constexpr double tile_gap = 0.35;         // between groups of rows in a tile map, in cells
constexpr std::size_t longest_name = 24;  // of a row; the rest is cut
constexpr double few_letters = 5.5;       // of a number at the colour scale

struct Grid {
  std::size_t columns = 0, rows = 0;
  std::vector<std::string> names;  // of equal shares of the rows
  double gap = 0;                  // between these, in cells

  double high() const {
    const double gaps = names.empty() ? 0 : static_cast<double>(names.size() - 1);
    return static_cast<double>(rows) + gap * gaps;
  }
  // The middle of the rows that have name i.
  double middle(std::size_t i) const {
    const double share = static_cast<double>(rows) / static_cast<double>(names.size());
    return (share + gap) * static_cast<double>(i) + share / 2;
  }
};

Grid grid_of(const Chart& chart) {
  Grid grid;
  if (chart.heat) {
    grid = {chart.heat->columns.size(), chart.heat->rows.size(), chart.heat->rows, 0};
  } else if (chart.tile_map) {
    grid = {chart.tile_map->columns, chart.tile_map->rows, chart.tile_map->groups, tile_gap};
  } else {
    grid = {chart.picture->width, chart.picture->height, {}, 0};
  }
  for (std::string& name : grid.names) name = fit(printable(name), longest_name);
  return grid;
}

Range colours_of(const HeatMap& map) {
  Extent extent(map.scale);
  extent.include(map.values);
  return range_of(extent, {}, 0);
}

bool has_colour(const HeatMap& map, double value) {
  return std::isfinite(value) && (map.scale == Axis::linear || value > 0);
}

}  // namespace

bool is_cells(const Chart& chart) {
  return chart.heat || chart.tile_map || chart.picture;
}

double FigureScript::name_width(const Chart& panel) const {
  double widest = 0;
  if (!is_cells(panel)) return 0;
  for (const std::string& name : grid_of(panel).names)
    widest = std::max(widest, canvas_.width_of(name));
  return widest > 0 ? widest + 0.7 * canvas_.letters : 0;
}

// Tile maps side by side name their rows once, at the first of them.
bool FigureScript::names_rows(std::size_t i) const {
  if (i % columns_ == 0) return true;
  const std::optional<TileMap>&own = figure_.panels[i].tile_map,
        &left = figure_.panels[i - 1].tile_map;
  return !own || !left || own->groups != left->groups;
}

// Shrinks the box so that pixels are square, and tiles at most twice as wide as high.
void FigureScript::fit_cells(const Chart& panel, bool names_rows) {
  const Grid grid = grid_of(panel);
  if (names_rows) box_.left += name_width(panel);
  if (panel.heat) box_.right -= few_letters * canvas_.letters;
  const double columns = static_cast<double>(grid.columns);
  double wide = (box_.right - box_.left) / std::max(columns, 1.0);
  double high = (box_.bottom - box_.top) / std::max(grid.high(), 1.0);
  if (panel.picture) wide = high = std::min(wide, high);
  if (panel.tile_map) high = std::min(wide, high), wide = std::min(wide, 2 * high);
  cell_width_ = wide, cell_height_ = high;
  box_.right = box_.left + wide * columns;
  box_.bottom = box_.top + high * grid.high();
  command("set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}", box_.left / width,
          box_.right / width);
  command("unset key\nset xrange [0:{}]\nset yrange [{}:0]", grid.columns, grid.high());
}

void FigureScript::cells(const Chart& panel, bool names_rows) {
  const Grid grid = grid_of(panel);
  command("unset xtics\nunset ytics");
  if (panel.picture) return image(*panel.picture);
  std::vector<std::string> columns = panel.heat ? panel.heat->columns : std::vector<std::string>{};
  for (std::size_t i = 0; panel.tile_map && i < grid.columns; ++i)
    columns.push_back(std::to_string(i));
  std::vector<double> across, down;
  for (std::size_t i = 0; i < columns.size(); ++i) across.push_back(static_cast<double>(i) + 0.5);
  for (std::size_t i = 0; i < grid.names.size(); ++i) down.push_back(grid.middle(i));
  double widest = 0;
  for (std::string& name : columns) {
    name = fit(printable(name), longest_name);
    widest = std::max(widest, canvas_.width_of(name) + 0.7 * canvas_.letters);
  }
  name_ticks("x", columns, across, widest / cell_width_);
  if (names_rows) name_ticks("y", grid.names, down, canvas_.letters / cell_height_);
  if (panel.heat) heat(*panel.heat);
  if (panel.tile_map) tiles(*panel.tile_map);
}

// Names along an axis of cells, as many as have room: one for each `room` cells.
void FigureScript::name_ticks(const char* axis, const std::vector<std::string>& names,
                              const std::vector<double>& places, double room) {
  const auto every = static_cast<std::size_t>(std::clamp(std::ceil(room), 1.0, 1e6));
  std::vector<std::string> ticks;
  for (std::size_t i = 0; i < names.size(); i += every)
    ticks.push_back(fmt::format("{} {}", quoted(names[i]), places[i]));
  if (!ticks.empty()) command("set {}tics ({})", axis, fmt::join(ticks, ", "));
}

void FigureScript::heat(const HeatMap& map) {
  const Range scale = colours_of(map);
  const bool numbers = cell_width_ >= 3 * canvas_.letters && cell_height_ >= 1.2 * canvas_.letters;
  const bool signs = cell_width_ >= 0.7 * canvas_.letters && cell_height_ >= 0.8 * canvas_.letters;
  std::vector<std::vector<double>> finite(5), diverged(5);
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const double column = static_cast<double>(i % map.columns.size());
    const double row = static_cast<double>(i / map.columns.size());
    const double value = map.values[i];
    const bool has = has_colour(map, value);
    add_cell(has ? finite : diverged, column, row, 0, value);
    if (!numbers && (has || !signs)) continue;
    label(has ? fmt::format("{:.2g}", value) : "×",
          fmt::format("first {}, first {}", column + 0.5, row + 0.5), "center",
          has && scale.share(value) > 0.55 ? Colour{0xFFFFFF} : colour::text, 0.88);
  }
  if (!diverged[0].empty()) {
    plot(data(diverged),
         "using 1:2:1:3:2:4 with boxxyerror fs solid border rgb '#FFFFFF' fc rgb '{}'",
         hex(colour::diverged));
  }
  if (finite[0].empty()) return;
  plot(data(finite),
       "using 1:2:1:3:2:4:5 with boxxyerror fs solid border rgb '#FFFFFF' lc palette");
  std::string shades;
  for (std::size_t i = 0; i < std::size(colour::heat); ++i)
    shades += fmt::format("{}{} '{}'", i == 0 ? "" : ", ", i, hex(colour::heat[i]));
  command("set palette defined ({})", shades);
  text += axis_commands(
      "cb", scale, std::max(2, static_cast<int>((box_.bottom - box_.top) / (3 * canvas_.letters))),
      canvas_.powers());
  const double row = canvas_.letters * canvas_.line_height;
  label(map.meaning, at(box_.right + few_letters * canvas_.letters, box_.top - row), "right",
        colour::text);
}

void FigureScript::tiles(const TileMap& map) {
  const Grid grid{map.columns, map.rows, map.groups, tile_gap};
  const std::size_t count =
      map.tile.empty() ? 0 : *std::max_element(map.tile.begin(), map.tile.end()) + 1;
  const std::size_t group = map.groups.empty() ? map.rows : map.rows / map.groups.size();
  std::vector<std::vector<double>> boxes(5);
  for (std::size_t i = 0; i < map.tile.size(); ++i) {
    const double column = static_cast<double>(i / map.rows);
    const std::size_t r = i % map.rows;
    const double row = static_cast<double>(r) + tile_gap * static_cast<double>(r / group);
    add_cell(boxes, column, row, 0.03, colour::tile(map.tile[i], count).rgb);
    if (cell_height_ < 0.8 * canvas_.letters) continue;
    label(std::to_string(map.tile[i]), fmt::format("first {}, first {}", column + 0.5, row + 0.5),
          "center", colour::text, std::min(1.0, 0.6 * cell_height_ / canvas_.letters));
  }
  if (!map.tile.empty())
    plot(data(boxes), "using 1:2:1:3:2:4:5 with boxxyerror fs solid noborder lc rgb variable");
}

void FigureScript::add_cell(std::vector<std::vector<double>>& columns, double column, double row,
                            double inset, double value) {
  const double entries[] = {column + inset, row + inset, column + 1 - inset, row + 1 - inset,
                            value};
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].push_back(entries[i]);
}

void FigureScript::image(const Image& image) {
  std::vector<std::vector<double>> columns(5);  // the middle of each pixel, red, green, blue
  for (std::size_t i = 0; i < image.width * image.height; ++i) {
    columns[0].push_back(static_cast<double>(i % image.width) + 0.5);
    columns[1].push_back(static_cast<double>(i / image.width) + 0.5);
    for (std::size_t c = 0; c < 3; ++c) columns[2 + c].push_back(image.rgb[3 * i + c]);
  }
  plot(data(columns), "using 1:2:3:4:5 with rgbimage");
}

namespace {

// From dark to light where `share` goes from 0 to 1.
std::string shade_of(double share) {
  static constexpr const char* shades[] = {"░", "▒", "▓", "█"};
  return shades[std::min<std::size_t>(static_cast<std::size_t>(4 * share), 3)];
}

// How light a pixel is: Letters are about twice as high as wide and stand for two rows of pixels.
std::string pixel_as_text(const Image& image, double across, double down) {
  const auto x = static_cast<std::size_t>(across * static_cast<double>(image.width));
  const auto y = static_cast<std::size_t>(down * static_cast<double>(image.height));
  const std::uint8_t* const rgb = &image.rgb[3 * (y * image.width + x)];
  const int light = (rgb[0] + rgb[1] + rgb[2]) / 3;
  return light < 51 ? " " : shade_of((light - 51) / 204.0);
}

}  // namespace

std::string cells_as_text(const Chart& chart, std::size_t width) {
  Grid grid = grid_of(chart);
  std::size_t names = 0, cell = 1;
  for (const std::string& name : grid.names) names = std::max(names, display_width(name));
  const std::size_t room = width > names + 4 ? width - names - 4 : 1;
  Range scale;
  if (chart.heat) {
    scale = colours_of(*chart.heat);
    cell = std::clamp<std::size_t>(room / std::max<std::size_t>(grid.columns, 1), 1, 3);
  } else if (chart.tile_map) {
    for (std::size_t tile : chart.tile_map->tile)
      cell = std::max(cell, std::to_string(tile).size() + 1);
  } else {
    grid.columns = std::min<std::size_t>({room, grid.columns, 64});
    grid.rows =
        std::max<std::size_t>(chart.picture->height * grid.columns / (2 * chart.picture->width), 1);
  }
  std::string text;
  for (std::size_t r = 0; r < grid.rows; ++r) {
    const std::string name =
        grid.names.empty() ? "" : grid.names[r * grid.names.size() / grid.rows];
    std::string line = "  " + (chart.picture ? "" : pad_right(name, names) + "  ");
    for (std::size_t c = 0; c < grid.columns; ++c) {
      if (chart.picture) {
        line += pixel_as_text(*chart.picture,
                              (static_cast<double>(c) + 0.5) / static_cast<double>(grid.columns),
                              (static_cast<double>(r) + 0.5) / static_cast<double>(grid.rows));
      } else if (chart.tile_map) {
        line += pad_left(std::to_string(chart.tile_map->tile[c * grid.rows + r]), cell);
      } else {
        const double value = chart.heat->values[r * grid.columns + c];
        const bool has = has_colour(*chart.heat, value);
        for (std::size_t i = 0; i < cell; ++i)
          line += has ? shade_of(scale.share(value)) : i == cell / 2 ? "×" : " ";
      }
    }
    text += fit(line, width) + "\n";
  }
  const auto note = [&](const std::string& words) {
    text += fit("  " + printable(words), width) + "\n";
  };
  if (chart.heat)
    note(fmt::format("░ {}  █ {}  × diverged   {}", format_number(scale.low),
                     format_number(scale.high), chart.heat->meaning));
  if (!chart.x.label.empty()) note("across: " + chart.x.label);
  if (!chart.y.label.empty()) note("down: " + chart.y.label);
  return text;
}

}  // namespace evenkeel::detail
