#include "script.hpp"

#include <algorithm>
#include <array>

#include "evenkeel/chart/number.hpp"

namespace evenkeel::detail {
namespace {

// Of a title or subtitle; `size` against most text.
struct Line {
  std::string words;
  double size;
  bool is_title;
};

// Lines about as long as each other: no word alone on the last one.
std::vector<std::string> balanced(const std::string& text, double room) {
  const auto columns = static_cast<std::size_t>(std::max(room, 8.0));
  std::vector<std::string> lines = wrap(text, columns);
  for (std::size_t narrower = columns - 1; lines.size() > 1 && narrower > 0; --narrower) {
    const std::vector<std::string> next = wrap(text, narrower);
    // One more line, or a word that had to be cut: too narrow.
    const auto is_cut = [](const std::string& line) { return line.ends_with("…"); };
    if (next.size() > lines.size() || std::any_of(next.begin(), next.end(), is_cut)) break;
    lines = next;
  }
  return lines;
}

std::vector<Line> lines_of(const Canvas& canvas, const std::string& title,
                           const std::string& subtitle, double room, double size) {
  std::vector<Line> lines;
  const double letter = canvas.letters * canvas.narrowness,
               small = 0.9 * std::max(1.0, size - 0.25);
  if (canvas.in_letters()) return lines;
  for (const std::string& words : balanced(printable(title), room / (1.15 * size * letter)))
    lines.push_back({words, size, true});
  for (const std::string& words : balanced(printable(subtitle), room / (small * letter)))
    lines.push_back({words, small, false});
  return lines;
}

double height_of(const Canvas& canvas, const std::vector<Line>& lines) {
  double sum = 0;
  for (const Line& line : lines) sum += line.size * canvas.row;
  return sum;
}

void write(Script& out, const std::vector<Line>& lines, double left, double top) {
  for (const Line& line : lines) {
    const double high = line.size * out.canvas.row;
    out.label(line.words, out.at(left, top + high / 2), "left",
              line.is_title ? colour::text : colour::faint_text, line.size, line.is_title);
    top += high;
  }
}

// Tile maps side by side name their rows once, at the first of them.
bool names_rows(const Figure& figure, std::size_t i) {
  if (i % std::min(figure.columns, figure.panels.size()) == 0) return true;
  const std::optional<TileMap>&own = figure.panels[i].tile_map,
        &left = figure.panels[i - 1].tile_map;
  return !own || !left || own->groups != left->groups;
}

// Titles, and the label of the y axis, which lies above it, where it need not be read sideways.
double room_above(const Canvas& canvas, const Chart& panel, double width) {
  const bool label = !panel.y.label.empty() || panel.heat;
  return height_of(canvas, lines_of(canvas, panel.title, panel.subtitle, width, 1.05)) +
         (label ? 2.1 : 0.5) * canvas.row;
}

// A panel from (left, top) on, its box from `box_top` on.
void draw(Script& out, const Chart& panel, const Box& place, double box_top, bool names) {
  const Canvas& canvas = out.canvas;
  const double below = panel.picture ? 0 : canvas.row * (panel.x.label.empty() ? 1.4 : 2.7);
  const Box box{place.left, place.right, box_top, place.bottom - below};
  write(out, lines_of(canvas, panel.title, panel.subtitle, place.width(), 1.05), place.left,
        place.top);
  out.command("set origin {:.5f},0\nset size {:.5f},1", place.left / out.width,
              place.width() / out.width);
  out.command("set border {} lw {} lc rgb '{}'", is_cells(panel) ? 0 : 3, 0.5 * canvas.line_width,
              hex(colour::axis));
  out.command("set tics out nomirror scale {} font ',{:.4g}' textcolor rgb '{}'",
              is_cells(panel) ? "0" : "0.6,0.3", canvas.letters, hex(colour::text));
  if (names)
    out.label(panel.y.label, out.at(place.left, box_top - 1.2 * canvas.row), "left", colour::text);
  if (!panel.x.label.empty())
    out.command("set xlabel {} font ',{:.4g}' textcolor rgb '{}'", out.quoted(panel.x.label),
                canvas.letters, hex(colour::text));
  // gnuplot leaves a line's height free below the x axis and above its label; half is enough.
  if (!canvas.in_letters())
    out.command("set xtics offset 0,0.4\nset xlabel offset 0,{}", is_cells(panel) ? 0.3 : 0.7);
  out.elements.clear();
  const int blocks = out.blocks;
  if (is_cells(panel)) {
    add_cells(out, panel, box, names);
  } else {
    out.command("set tmargin at screen {:.5f}\nset bmargin at screen {:.5f}",
                1 - box.top / out.height, 1 - box.bottom / out.height);
    add_curves(out, panel, box);
  }
  if (blocks == out.blocks) out.elements.push_back("NaN notitle");  // it wants something to plot
  out.command("plot {}", fmt::join(out.elements, ", \\\n     "));
}

Script script_of(const Figure& figure, const Canvas& canvas) {
  // A picture is shown about 700 pixels wide: the more panels in a row, the smaller each has to be.
  static constexpr double usual[][2] = {{840, 470}, {520, 350}, {370, 320}, {200, 430}};
  const auto& size = usual[std::min<std::size_t>(figure.columns, 4) - 1];
  const double wide =
      canvas.in_letters() ? canvas.columns : canvas.enlarged * figure.panel_width.value_or(size[0]);
  const double high = canvas.in_letters() ? std::clamp(canvas.columns / 4, 12.0, 22.0) + 4
                                          : canvas.enlarged * figure.panel_height.value_or(size[1]);
  const std::size_t columns = std::min(figure.columns, figure.panels.size());
  // A column is wider by what stands beside its boxes: legends, and the names of tiles' rows where
  // only the first column has them. So the boxes of all are about as wide,
  // and wide enough.
  std::vector<double> widths(columns, 0.0);
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    double& beside = widths[i % columns];
    beside = std::max(beside, room_beside(canvas, figure.panels[i]));
    if (!names_rows(figure, i))
      widths[0] = std::max(widths[0], name_width(canvas, figure.panels[i]));
  }
  const double least = *std::min_element(widths.begin(), widths.end()), gap = 2 * canvas.letters;
  std::vector<double> lefts;
  double right = canvas.edge - gap;
  for (double& width : widths) {
    width = wide + std::max(width - least, width - 0.4 * wide);
    lefts.push_back(right + gap);
    right = lefts.back() + width;
  }
  Script out{canvas, right + canvas.edge, 0, "", {}};
  const std::vector<Line> title =
      lines_of(canvas, figure.title, figure.subtitle, out.width - 2 * canvas.edge, 1.3);
  double top = canvas.edge + height_of(canvas, title);
  if (figure.panels.size() > 1) top += canvas.letters;
  // Top, top of the boxes and bottom of each row: its panels have their boxes at one height.
  std::vector<std::array<double, 3>> rows;
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    if (i % columns == 0) rows.push_back({rows.empty() ? top : rows.back()[2] + gap, 0, 0});
    auto& [row_top, box_top, bottom] = rows.back();
    const double above = room_above(canvas, figure.panels[i], wide);
    box_top = std::max(box_top, row_top + above);
    bottom = std::max({bottom, row_top + high, box_top + 3 * canvas.letters + high / 2});
  }
  out.height = rows.back()[2] + canvas.edge;
  out.command("set encoding utf8\nset decimalsign '.'\nset multiplot");
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const auto& [row_top, box_top, bottom] = rows[i / columns];
    const double left = lefts[i % columns];
    out.command("\nreset\nset minussign");
    if (i == 0) write(out, title, canvas.edge, canvas.edge);
    draw(out, figure.panels[i], {left, left + widths[i % columns], row_top, bottom}, box_top,
         names_rows(figure, i));
  }
  out.command("unset multiplot");
  return out;
}

}  // namespace

std::string Script::quoted(const std::string& words) const {
  std::string result;
  for (char c : printable(words)) {
    // What has a meaning in gnuplot's enhanced mode, which letters do without.
    const bool special = std::string_view("{}^_@&~\\").find(c) != std::string_view::npos;
    if (special && !canvas.in_letters()) result += '\\';
    result += c == '\'' ? std::string("’") : std::string(1, c);
  }
  return fmt::format("'{}'", result);
}

void Script::label(const std::string& words, const std::string& place, const std::string& alignment,
                   Colour colour, double size, bool bold) {
  if (words.empty()) return;
  std::string shown = quoted(words);
  if (bold) shown = fmt::format("'{{/:Bold {}}}'", shown.substr(1, shown.size() - 2));
  command("set label {} at {} {} font ',{:.4g}' textcolor rgb '{}' front", shown, place, alignment,
          size * canvas.letters, hex(colour));
}

std::string Script::data(const std::vector<std::vector<double>>& columns) {
  const std::string name = fmt::format("$data_{}", ++blocks);
  text += name + " << e\n";
  for (std::size_t row = 0; row < columns[0].size(); ++row) {
    for (const std::vector<double>& column : columns) text += shortest(column[row]) + " ";
    text.back() = '\n';
  }
  text += "e\n";
  return name;
}

std::string picture_script(const Figure& figure, Format format, Size size) {
  const Canvas page, projector{28, 0.56, 35, 22, 5, 1.3, 0};
  const Script script = script_of(figure, size == Size::page ? page : projector);
  if (format != Format::png) {
    return fmt::format(
        "set terminal svg enhanced rounded size {:.0f},{:.0f} font 'sans-serif,{}' "
        "background '#FFFFFF'\n{}",
        script.width, script.height, script.canvas.letters, script.text);
  }
  // Twice the pixels of the SVG. pngcairo takes the size of letters in points of 4/3 pixels.
  const std::string common =
      fmt::format("size {:.0f},{:.0f} font 'sans-serif,{}' fontscale 1.5 linewidth 2",
                  2 * script.width, 2 * script.height, script.canvas.letters);
  return fmt::format(
      "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {{\n"
      "  set terminal pngcairo enhanced rounded {0} pointscale 2 background '#FFFFFF'\n"
      "}} else {{\n  set terminal png enhanced truecolor {0}\n}}\n{1}",
      common, script.text);
}

std::string window_script(const Figure& figure, const std::string& terminal) {
  const Script script = script_of(figure, {});
  Script plain;  // a window's title has no enhanced mode
  plain.canvas.columns = 1;
  return fmt::format("set terminal {} enhanced size {:.0f},{:.0f} font 'sans,{:.0f}' title {}\n{}",
                     terminal, script.width, script.height, script.canvas.letters * 0.75,
                     plain.quoted(figure.title), script.text);
}

std::string text_script(const Chart& panel, std::size_t width) {
  const Canvas canvas{
      1, 1, 1, 0, 1, 1, static_cast<double>(std::clamp<std::size_t>(width, 30, 100))};
  const Script script = script_of(Figure(panel), canvas);
  return fmt::format("set terminal dumb mono noenhanced size {:.0f},{:.0f}\n{}", script.width,
                     script.height, script.text);
}

}  // namespace evenkeel::detail
