#include "script.hpp"

#include <algorithm>

#include <boost/algorithm/string/join.hpp>

namespace evenkeel::detail {
namespace {

// The narrowest lines that are no more, and cut no more, than those as wide as there is room: no
// word stands alone on the last one.
std::vector<std::string> balanced(const std::string& words, double room) {
  const std::string text = printable(words);
  const auto lines = wrap(text, static_cast<std::size_t>(std::max(room, 8.0)));
  for (std::size_t columns = 1;; ++columns) {
    const std::vector<std::string> next = wrap(text, columns);
    if (next.size() == lines.size() && boost::join(next, " ") == boost::join(lines, " "))
      return next;
  }
}

// Writes a title and a grey subtitle below one another. Returns where they end.
double write(Script& out, const std::string& title, const std::string& subtitle, double left,
             double top, double room, double size) {
  const double small = 0.9 * std::max(1.0, size - 0.25), row = out.canvas.row;
  for (const std::string& line : balanced(title, room / (1.15 * size * out.canvas.letter))) {
    out.label(line, out.at(left, top + size * row / 2), "left", colour::text, size, true);
    top += size * row;
  }
  for (const std::string& line : balanced(subtitle, room / (small * out.canvas.letter))) {
    out.label(line, out.at(left, top + small * row / 2), "left", colour::faint_text, small);
    top += small * row;
  }
  return top;
}

// Titles, and the label of the y axis, which lies above it, where it need not be read sideways.
double room_above(const Canvas& canvas, const Chart& panel, double width) {
  Script nowhere{canvas};
  const bool labelled = !panel.y.label.empty() || panel.heat || has_histogram(panel);
  return write(nowhere, panel.title, panel.subtitle, 0, 0, width, 1.05) +
         (labelled ? 2.1 : 0.5) * canvas.row;
}

// A panel from (left, top) on, its box from `box_top` on.
void draw(Script& out, const Chart& panel, const Box& place, double box_top) {
  const Canvas& canvas = out.canvas;
  const bool cells = panel.grid.has_value();
  const bool pixels = cells && panel.grid->words.empty();
  const double below = canvas.row * (!panel.x.label.empty() ? 2.7 : pixels ? 0 : 1.4);
  const Box box{place.left, place.right, box_top, place.bottom - below};
  write(out, panel.title, panel.subtitle, place.left, place.top, place.width(), 1.05);
  out.command(
      "set origin {:.5f},0\nset size {:.5f},1\nunset key\n"
      "set tmargin at screen {:.5f}\nset bmargin at screen {:.5f}\nset border {} lw {} lc rgb "
      "'{}'\n"
      "set tics out nomirror scale {} textcolor rgb '{}'\nset xlabel {} textcolor rgb '{}'",
      place.left / out.width, place.width() / out.width, 1 - box.top / out.height,
      1 - box.bottom / out.height, cells ? 0 : 3, 0.5 * canvas.line_width, hex(colour::axis),
      cells ? "0" : "0.6,0.3", hex(colour::text), out.quoted(panel.x.label), hex(colour::text));
  out.label(panel.y.label, out.at(place.left, box_top - 1.2 * canvas.row), "left", colour::text);
  // gnuplot leaves a line's height free below the x axis and above its label; half is enough.
  if (!canvas.in_letters()) {
    out.command("set xtics offset 0,{}\nset xlabel offset 0,{}", cells ? 0 : 0.4,
                cells ? 0.3 : 0.7);
  }
  out.elements = {"NaN notitle"};  // it wants something to plot
  if (cells) {
    add_cells(out, panel, box);
  } else {
    add_curves(out, panel, box);
  }
  out.command("plot {}", fmt::join(out.elements, ", \\\n     "));
}

std::string script_of(const Figure& figure, const Canvas& canvas, const std::string& terminal,
                      double enlarged = 1) {
  // A picture is shown about 700 pixels wide: the more panels in a row, the smaller each has to be.
  static constexpr double usual[][2] = {{840, 470}, {520, 350}, {370, 320}, {200, 430}};
  std::vector<Chart> panels = figure.panels;
  const std::size_t columns = std::clamp<std::size_t>(figure.columns, 1, panels.size());
  const auto& size = usual[std::clamp<std::size_t>(figure.columns, 1, 4) - 1];
  const double wide = canvas.enlarged * figure.panel_width.value_or(size[0]);
  const double high = canvas.enlarged * figure.panel_height.value_or(size[1]);
  const double gap = 2 * canvas.letters;
  std::vector<double> beside(columns), above((panels.size() + columns - 1) / columns);
  for (std::size_t i = panels.size(); i-- > 0;) {
    // Grids side by side name their rows once, at the first of them.
    if (i % columns > 0 && panels[i].grid && panels[i - 1].grid &&
        panels[i].grid->down == panels[i - 1].grid->down) {
      std::ranges::fill(panels[i].grid->down, "");
    }
    double &right = beside[i % columns], &top = above[i / columns];
    right = std::max(right, room_beside(canvas, panels[i]));
    top = std::max(top, room_above(canvas, panels[i], wide));
  }
  // A column is wider by what stands beside its boxes, so that the boxes of all are about as wide,
  // and wide enough.
  const double least = std::ranges::min(beside);
  std::vector<double> lefts{canvas.edge};
  for (double room : beside) {
    lefts.push_back(lefts.back() + gap + wide + std::max(room - least, room - 0.4 * wide));
  }
  Script out{canvas, lefts.back() - gap + canvas.edge, 1};
  const double title_width = out.width - 2 * canvas.edge;
  std::vector<double> tops{
      write(out, figure.title, figure.subtitle, 0, canvas.edge, title_width, 1.3)};
  if (panels.size() > 1) tops[0] += canvas.letters;
  for (double room : above) {
    tops.push_back(tops.back() + gap + std::max(high, room + 3 * canvas.letters + high / 2));
  }
  out.height = tops.back() - gap + canvas.edge;
  out.text = "set encoding utf8\nset decimalsign '.'\nset multiplot\n";
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const std::size_t column = i % columns, row = i / columns;
    out.command("\nreset\nset minussign");
    if (i == 0) {
      write(out, figure.title, figure.subtitle, canvas.edge, canvas.edge, title_width, 1.3);
    }
    draw(out, panels[i], {lefts[column], lefts[column + 1] - gap, tops[row], tops[row + 1] - gap},
         tops[row] + above[row]);
  }
  return fmt::format("set terminal {} size {:.0f},{:.0f}\n{}unset multiplot\n", terminal,
                     enlarged * out.width, enlarged * out.height, out.text);
}

// As gnuplot takes a text. Its enhanced mode gives some letters a meaning.
std::string in_quotes(const std::string& words, bool enhanced) {
  std::string result = "'";
  for (char c : printable(words)) {
    if (enhanced && std::string_view("{}^_@&~\\").find(c) != std::string_view::npos) result += '\\';
    result += c == '\'' ? std::string("’") : std::string(1, c);
  }
  return result + "'";
}

}  // namespace

double Canvas::widest(const std::vector<std::string>& names) const {
  std::size_t columns = 0;
  for (const std::string& name : names) {
    columns = std::max(columns, display_width(name));
  }
  return letter * static_cast<double>(columns);
}

std::string Script::quoted(const std::string& words) const {
  return in_quotes(words, !canvas.in_letters());
}

void Script::label(const std::string& words, const std::string& place, const std::string& alignment,
                   Colour colour, double size, bool bold) {
  if (words.empty()) return;
  std::string shown = quoted(words);
  if (bold) shown = fmt::format("'{{/:Bold {}}}'", shown.substr(1, shown.size() - 2));
  command("set label {} at {} {} font ',{:.4g}' textcolor rgb '{}' front", shown, place, alignment,
          size * canvas.letters, hex(colour));
}

std::string Script::data(const std::vector<std::vector<double>>& rows) {
  const std::string name = fmt::format("$data_{}", ++blocks);
  text += name + " << e\n";
  for (const std::vector<double>& row : rows) command("{}", fmt::join(row, " "));
  text += "e\n";
  return name;
}

std::string picture_script(const Figure& figure, Format format, Size size) {
  const Canvas page, projector{28, 15.7, 35, 22, 5, 1.3},
      &canvas = size == Size::page ? page : projector;
  const std::string font =
      fmt::format(" font 'sans-serif,{}' enhanced rounded background '#FFFFFF'", canvas.letters);
  if (format == Format::svg) return script_of(figure, canvas, "svg" + font);
  // It has twice the pixels of the SVG, and takes the size of letters in points of 4/3 pixels.
  return script_of(figure, canvas, "pngcairo fontscale 1.5 linewidth 2 pointscale 2" + font, 2);
}

std::string window_script(const Figure& figure, const std::string& terminal) {
  const Canvas canvas;
  return script_of(figure, canvas,
                   fmt::format("{} enhanced font 'sans,{:.0f}' title {}", terminal,
                               0.75 * canvas.letters, in_quotes(figure.title, false)));
}

std::string text_script(Chart panel, std::size_t width) {
  panel.title = panel.subtitle = "";
  const double columns = static_cast<double>(std::clamp<std::size_t>(width, 30, 100));
  Figure figure{""};
  figure.add(std::move(panel)).panel_size(columns, std::clamp(columns / 4, 12.0, 22.0) + 4);
  return script_of(figure, {1, 1, 1, 0, 1, 1}, "dumb mono noenhanced");
}

}  // namespace evenkeel::detail
