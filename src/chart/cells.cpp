// Heat maps and grids: cells in rows and columns, row 0 at the top.

#include <algorithm>

#include "evenkeel/base/table.hpp"

#include "script.hpp"

namespace evenkeel::detail {
namespace {

constexpr double scale_room = 5.5;  // for the numbers at the colour scale, in letters

std::size_t rows_of_a_name(const Grid& grid) {
  return grid.rows / std::max<std::size_t>(grid.down.size(), 1);
}

// Names along an axis, one for each `each` cells, as many as have room beside one another.
void add_names(Script& out, const char* axis, const std::vector<std::string>& names, double each,
               double gap, double room) {
  const auto every = static_cast<std::size_t>(std::clamp(std::ceil(room / each), 1.0, 1e6));
  std::vector<std::string> ticks;
  for (std::size_t i = 0; i < names.size(); i += every) {
    const double place = (each + gap) * static_cast<double>(i) + each / 2;
    ticks.push_back(fmt::format("{} {}", out.quoted(names[i]), place));
  }
  out.command(ticks.empty() ? "unset {}tics" : "set {}tics ({})", axis, fmt::join(ticks, ", "));
}

// The colour scale and what it stands for.
void add_scale(Script& out, const HeatMap& map, const Box& box) {
  const double letters = out.canvas.letters;
  out.label(map.meaning, out.at(box.right + scale_room * letters, box.top - 1.2 * out.canvas.row),
            "right", colour::text);
  const Range scale = scale_of(map);
  if (std::none_of(map.values.begin(), map.values.end(), [&](double v) { return scale.shows(v); }))
    return;
  out.command("set palette defined (0 '{}', 1 '{}', 2 '{}', 3 '{}')", hex(colour::heat[0]),
              hex(colour::heat[1]), hex(colour::heat[2]), hex(colour::heat[3]));
  out.text += scale.commands("cb", box.height() / (3 * letters), false);
  out.plot("'+' using (NaN):(NaN):(NaN) with points palette");
}

}  // namespace

Range scale_of(const HeatMap& map) {
  Range range(map.scale);
  range.include(map.values);
  range.finish({}, 0, 0);
  return range;
}

double name_width(const Canvas& canvas, const Grid& grid) {
  const double width = canvas.widest(grid.down);
  return width > 0 ? width + 0.7 * canvas.letters : 0;
}

void add_cells(Script& out, const Chart& panel, Box box) {
  const double letters = out.canvas.letters;
  const Grid& grid = *panel.grid;
  const bool pixels = grid.words.empty();
  const std::size_t each = rows_of_a_name(grid);
  const double gap = panel.heat ? 0 : 0.35;  // between rows of one name, in cells
  const auto middle = [&](std::size_t row) {
    const std::size_t names_above = row / each;
    return static_cast<double>(row) + 0.5 + gap * static_cast<double>(names_above);
  };
  const double columns = static_cast<double>(grid.columns), rows = middle(grid.rows - 1) + 0.5;
  box.left += name_width(out.canvas, grid);
  if (panel.heat) box.right -= scale_room * letters;
  double wide = box.width() / columns, high = box.height() / rows;
  if (!panel.heat) {  // pixels are square, and others at most twice as wide as high
    high = std::min(wide, high);
    wide = std::min(wide, pixels ? high : 2 * high);
  }
  box.right = box.left + wide * columns;
  out.command(
      "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\nset bmargin at screen "
      "{:.5f}\nset xrange [0:{}]\nset yrange [{}:0]",
      box.left / out.width, box.right / out.width, 1 - (box.top + high * rows) / out.height,
      columns, rows);
  const double room = out.canvas.widest(grid.across) + 0.7 * letters;
  add_names(out, "x", grid.across, 1, 0, room / wide);
  add_names(out, "y", grid.down, static_cast<double>(each), gap, letters / high);

  // As large as has room; × for what diverged first of all.
  const auto size_of = [&](const std::vector<std::string>& words) {
    return std::min({0.9, 0.6 * high / letters, wide / (out.canvas.widest(words) + 0.7 * letters)});
  };
  const double size_of_words = size_of(grid.words), size_of_sign = size_of({"×"});
  std::vector<std::vector<double>> cells;  // the middle of each and its colour
  for (std::size_t i = 0; i < grid.colours.size(); ++i) {
    const double x = static_cast<double>(i % grid.columns) + 0.5, y = middle(i / grid.columns);
    cells.push_back({x, y, static_cast<double>(grid.colours[i].rgb)});
    if (pixels) continue;
    const double size = grid.words[i] == "×" ? size_of_sign : size_of_words;
    if (size < 0.48) continue;
    out.label(grid.words[i], fmt::format("first {}, first {}", x, y), "center",
              lightness(grid.colours[i]) < 130 ? Colour{0xFFFFFF} : colour::text, size);
  }
  const std::string data = out.data(cells);
  if (pixels) {
    out.plot("{} using 1:2:(int($3)>>16):(int($3)>>8&255):(int($3)&255) with rgbimage", data);
  } else {
    out.plot("{} using 1:2:({}):({}):3 with boxxyerror fs solid noborder lc rgb variable", data,
             0.5 - 0.7 / wide, 0.5 - 0.7 / high);
  }
  if (panel.heat) add_scale(out, *panel.heat, box);
}

std::string cells_as_text(const Chart& chart, std::size_t width) {
  static constexpr const char* shades[] = {" ", "░", "▒", "▓", "█"};
  const Grid& grid = *chart.grid;
  const bool pixels = grid.words.empty();
  const auto letters_of = [](const auto& words) {
    return static_cast<std::size_t>(Canvas{1, 1}.widest(words));
  };
  const std::size_t letters = chart.heat ? 0 : letters_of(grid.words), name = letters_of(grid.down);
  std::vector<Column> titles(1 + grid.columns, {"", Digits::significant(2)});
  for (std::size_t c = 0; c < grid.across.size(); ++c) {
    titles[c + 1].title = pad_left(grid.across[c], letters);
  }
  Table table(titles);
  std::string shaded;
  // Letters are about twice as high as wide and stand for two rows of pixels.
  const std::size_t room = std::min<std::size_t>(width > 4 ? width - 4 : 1, 64);
  const std::size_t columns = pixels ? std::min(room, grid.columns) : grid.columns;
  const std::size_t rows =
      pixels ? std::max<std::size_t>(grid.rows * columns / (2 * grid.columns), 1) : grid.rows;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t y = (2 * r + 1) * grid.rows / (2 * rows);
    std::vector<Cell> row{grid.down.empty() ? "" : grid.down[y / rows_of_a_name(grid)]};
    shaded += pixels ? "  " : "  " + pad_right(row[0].exact(), name) + "  ";
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t i = y * grid.columns + (2 * c + 1) * grid.columns / (2 * columns);
      const double light = lightness(grid.colours[i]);
      shaded += !pixels && grid.words[i] == "×"
                    ? "×"
                    : shades[static_cast<int>(chart.heat ? (287 - light) / 47 : light / 51.01)];
      if (pixels) continue;
      const bool number = chart.heat && grid.words[i] != "×";
      row.push_back(number ? Cell(chart.heat->values[i]) : Cell(pad_left(grid.words[i], letters)));
    }
    shaded += "\n";
    if (!pixels) table.row(std::move(row));
  }
  std::string text = pixels ? shaded : table.text(width);
  if (chart.heat && text != table.text()) text = shaded + "  ░ least  █ most";
  if (chart.heat) text += fmt::format("  {}; × diverged\n", printable(chart.heat->meaning));
  for (const auto& [where, label] : {std::pair("across", chart.x.label), {"down", chart.y.label}}) {
    if (!label.empty()) text += fmt::format("  {}: {}\n", where, printable(label));
  }
  return text;
}

}  // namespace evenkeel::detail
