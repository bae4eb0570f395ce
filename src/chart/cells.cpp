// Heat maps, tiles and images: grids of cells, row 0 at the top.

#include <algorithm>
#include <cmath>

#include "evenkeel/chart/number.hpp"

#include "range.hpp"
#include "script.hpp"

namespace evenkeel::detail {
namespace {

constexpr double tile_gap = 0.35;         // between groups of rows in a tile map, in cells
constexpr std::size_t longest_name = 32;  // of a row or column; the rest is cut
constexpr double scale_room = 5.5;        // for the numbers at the colour scale, in letters

struct Cells {
  Script& out;
  double wide = 0, high = 0;  // of a cell
  std::vector<std::vector<double>> boxes, diverged;

  void add(double column, double row, double inset, double value, bool finite = true) {
    const double entries[] = {column + inset, row + inset, column + 1 - inset, row + 1 - inset,
                              value};
    std::vector<std::vector<double>>& into = finite ? boxes : diverged;
    into.resize(5);
    for (std::size_t i = 0; i < 5; ++i) into[i].push_back(entries[i]);
  }
  void write(const std::string& words, double column, double row, Colour colour, double size) {
    out.label(words, fmt::format("first {}, first {}", column + 0.5, row + 0.5), "center", colour,
              size);
  }
  void names(const char* axis, const std::vector<std::string>& words,
             const std::vector<double>& places, double room);
  void heat(const HeatMap& map, const Box& box);
  void tiles(const TileMap& map);
  void image(const Image& image);
};

std::vector<std::string> cut(std::vector<std::string> names) {
  for (std::string& name : names) name = fit(printable(name), longest_name);
  return names;
}

std::vector<std::string> row_names(const Chart& chart) {
  if (chart.heat) return cut(chart.heat->rows);
  return chart.tile_map ? cut(chart.tile_map->groups) : std::vector<std::string>{};
}

std::vector<std::string> column_names(const Chart& chart) {
  if (chart.heat) return cut(chart.heat->columns);
  std::vector<std::string> numbers;
  for (std::size_t i = 0; chart.tile_map && i < chart.tile_map->columns; ++i)
    numbers.push_back(std::to_string(i));
  return numbers;
}

Range colours_of(const HeatMap& map) {
  Range range(map.scale);
  range.include(map.values);
  range.finish({}, 0);
  return range;
}

double widest(const Canvas& canvas, const std::vector<std::string>& names) {
  double width = 0;
  for (const std::string& name : names) width = std::max(width, canvas.width_of(name));
  return width;
}

// Names along an axis, as many as have room: one for each `room` cells.
void Cells::names(const char* axis, const std::vector<std::string>& words,
                  const std::vector<double>& places, double room) {
  const auto every = static_cast<std::size_t>(std::clamp(std::ceil(room), 1.0, 1e6));
  std::vector<std::string> ticks;
  for (std::size_t i = 0; i < words.size(); i += every)
    ticks.push_back(fmt::format("{} {}", out.quoted(words[i]), places[i]));
  if (!ticks.empty()) out.command("set {}tics ({})", axis, fmt::join(ticks, ", "));
}

void Cells::heat(const HeatMap& map, const Box& box) {
  const Canvas& canvas = out.canvas;
  const Range colours = colours_of(map);
  const bool numbers = wide >= 3 * canvas.letters && high >= canvas.row;
  const bool signs = wide >= 0.7 * canvas.letters && high >= 0.8 * canvas.letters;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const double column = static_cast<double>(i % map.columns.size());
    const std::size_t above = i / map.columns.size();
    const double row = static_cast<double>(above);
    const bool finite = colours.shows(map.values[i]);
    const double share = colours.share(map.values[i]);
    add(column, row, 0, map.values[i], finite);
    std::string words = finite ? "" : "×";
    if (finite && numbers) words = fmt::format("{:.2g}", map.values[i]);
    if (numbers || signs)
      write(words, column, row, finite && share > 0.55 ? Colour{0xFFFFFF} : colour::text, 0.88);
  }
  const double end = box.right + scale_room * canvas.letters;
  out.label(map.meaning, out.at(end, box.top - 1.2 * canvas.row), "right", colour::text);
  const char* cell = "with boxxyerror fs solid border rgb '#FFFFFF'";
  if (!diverged.empty())
    out.plot(out.data(diverged), "using 1:2:1:3:2:4 {} fc rgb '{}'", cell, hex(colour::diverged));
  if (boxes.empty()) return;
  out.plot(out.data(boxes), "using 1:2:1:3:2:4:5 {} lc palette", cell);
  out.command("set palette defined (0 '{}', 1 '{}', 2 '{}', 3 '{}')", hex(colour::heat[0]),
              hex(colour::heat[1]), hex(colour::heat[2]), hex(colour::heat[3]));
  const double most = std::max(2.0, box.height() / (3 * canvas.letters));
  out.text += colours.commands("cb", static_cast<int>(most), canvas.powers());
}

void Cells::tiles(const TileMap& map) {
  const std::size_t count = *std::max_element(map.tile.begin(), map.tile.end()) + 1;
  const std::size_t group = map.groups.empty() ? map.rows : map.rows / map.groups.size();
  for (std::size_t i = 0; i < map.tile.size(); ++i) {
    const std::size_t c = i / map.rows, r = i % map.rows, gaps = r / group;
    const double column = static_cast<double>(c);
    const double row = static_cast<double>(r) + tile_gap * static_cast<double>(gaps);
    add(column, row, 0.03, colour::tile(map.tile[i], count).rgb);
    if (high < 0.8 * out.canvas.letters) continue;
    write(std::to_string(map.tile[i]), column, row, colour::text,
          std::min(1.0, 0.6 * high / out.canvas.letters));
  }
  out.plot(out.data(boxes),
           "using 1:2:1:3:2:4:5 with boxxyerror fs solid noborder lc rgb variable");
}

void Cells::image(const Image& image) {
  std::vector<std::vector<double>> columns(5);  // the middle of each pixel, red, green, blue
  for (std::size_t i = 0; i < image.width * image.height; ++i) {
    columns[0].push_back(static_cast<double>(i % image.width) + 0.5);
    const std::size_t above = i / image.width;
    columns[1].push_back(static_cast<double>(above) + 0.5);
    for (std::size_t c = 0; c < 3; ++c) columns[2 + c].push_back(image.rgb[3 * i + c]);
  }
  out.plot(out.data(columns), "using 1:2:3:4:5 with rgbimage");
}

// From dark to light where `share` goes from 0 to 1.
std::string shade_of(double share) {
  static constexpr const char* shades[] = {"░", "▒", "▓", "█"};
  return shades[std::min(static_cast<int>(4 * share), 3)];
}

// Letters are about twice as high as wide and stand for two rows of pixels.
std::string image_as_text(const Image& image, std::size_t width) {
  const std::size_t columns = std::min<std::size_t>({width > 4 ? width - 4 : 1, image.width, 64});
  const std::size_t rows = std::max<std::size_t>(image.height * columns / (2 * image.width), 1);
  std::string text;
  for (std::size_t r = 0; r < rows; ++r) {
    std::string line = "  ";
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t y = (2 * r + 1) * image.height / (2 * rows);
      const std::size_t x = (2 * c + 1) * image.width / (2 * columns);
      const std::uint8_t* const rgb = &image.rgb[3 * (y * image.width + x)];
      const int light = (rgb[0] + rgb[1] + rgb[2]) / 3;
      line += light < 51 ? " " : shade_of((light - 51) / 204.0);
    }
    text += fit(line, width) + "\n";
  }
  return text;
}

}  // namespace

bool is_cells(const Chart& chart) {
  return chart.heat || chart.tile_map || chart.picture;
}

double name_width(const Canvas& canvas, const Chart& chart) {
  const double width = widest(canvas, row_names(chart));
  return width > 0 ? width + 0.7 * canvas.letters : 0;
}

void add_cells(Script& out, const Chart& panel, Box box, bool names_rows) {
  const Canvas& canvas = out.canvas;
  const std::vector<std::string> down = row_names(panel), across = column_names(panel);
  std::size_t columns = across.size(), count = panel.heat ? down.size() : 0;
  if (panel.tile_map) count = panel.tile_map->rows;
  if (panel.picture) columns = panel.picture->width, count = panel.picture->height;
  const double gap = panel.tile_map && !down.empty() ? tile_gap : 0;
  const double share = static_cast<double>(count) / std::max(1.0, static_cast<double>(down.size()));
  const double rows =
      static_cast<double>(count) + gap * std::max(0.0, static_cast<double>(down.size()) - 1);

  if (names_rows) box.left += name_width(canvas, panel);
  if (panel.heat) box.right -= scale_room * canvas.letters;
  Cells cells{out, 0, 0, {}, {}};
  cells.wide = box.width() / static_cast<double>(columns);
  cells.high = box.height() / rows;
  // Pixels are square, and tiles at most twice as wide as high.
  if (panel.picture) cells.wide = cells.high = std::min(cells.wide, cells.high);
  if (panel.tile_map) cells.high = std::min(cells.wide, cells.high);
  if (panel.tile_map) cells.wide = std::min(cells.wide, 2 * cells.high);
  box.right = box.left + cells.wide * static_cast<double>(columns);
  box.bottom = box.top + cells.high * rows;
  out.command("set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}", box.left / out.width,
              box.right / out.width);
  out.command("set tmargin at screen {:.5f}\nset bmargin at screen {:.5f}",
              1 - box.top / out.height, 1 - box.bottom / out.height);
  out.command("unset key\nunset xtics\nunset ytics\nset xrange [0:{}]\nset yrange [{}:0]", columns,
              rows);
  std::vector<double> middles_across, middles_down;
  for (std::size_t i = 0; i < across.size(); ++i)
    middles_across.push_back(static_cast<double>(i) + 0.5);
  for (std::size_t i = 0; i < down.size(); ++i)
    middles_down.push_back((share + gap) * static_cast<double>(i) + share / 2);
  cells.names("x", across, middles_across,
              (widest(canvas, across) + 0.7 * canvas.letters) / cells.wide);
  if (names_rows) cells.names("y", down, middles_down, canvas.letters / cells.high);
  if (panel.heat) cells.heat(*panel.heat, box);
  if (panel.tile_map) cells.tiles(*panel.tile_map);
  if (panel.picture) cells.image(*panel.picture);
}

std::string cells_as_text(const Chart& chart, std::size_t width) {
  if (chart.picture) return image_as_text(*chart.picture, width);
  const std::vector<std::string> names = row_names(chart);
  const std::size_t columns = column_names(chart).size();
  const std::size_t rows = chart.heat ? names.size() : chart.tile_map->rows;
  const auto name_width = static_cast<std::size_t>(widest({1, 1}, names));
  const std::size_t room = width > name_width + 4 ? width - name_width - 4 : 1;
  const Range colours = chart.heat ? colours_of(*chart.heat) : Range();
  std::size_t cell = chart.heat ? std::clamp<std::size_t>(room / columns, 1, 3) : 1;
  for (std::size_t i = 0; chart.tile_map && i < chart.tile_map->tile.size(); ++i)
    cell = std::max(cell, std::to_string(chart.tile_map->tile[i]).size() + 1);
  std::string text;
  for (std::size_t r = 0; r < rows; ++r) {
    std::string line =
        "  " + pad_right(names.empty() ? "" : names[r * names.size() / rows], name_width) + "  ";
    for (std::size_t c = 0; c < columns; ++c) {
      if (chart.tile_map)
        line += pad_left(std::to_string(chart.tile_map->tile[c * rows + r]), cell);
      for (std::size_t i = 0; chart.heat && i < cell; ++i) {
        const double value = chart.heat->values[r * columns + c];
        line += colours.shows(value) ? shade_of(colours.share(value)) : i == cell / 2 ? "×" : " ";
      }
    }
    text += fit(line, width) + "\n";
  }
  if (chart.heat)
    text += fit(fmt::format("  ░ {}  █ {}  × diverged   {}", format_number(colours.low),
                            format_number(colours.high), printable(chart.heat->meaning)),
                width) +
            "\n";
  for (const auto& [where, label] : {std::pair("across", chart.x.label), {"down", chart.y.label}})
    if (!label.empty()) text += fit(fmt::format("  {}: {}", where, printable(label)), width) + "\n";
  return text;
}

}  // namespace evenkeel::detail
