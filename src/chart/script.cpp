#include "script.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "annotate.hpp"
#include "figure_script.hpp"

namespace evenkeel::detail {
namespace {

using Kind = Chart::Kind;

constexpr double line_width = 2.5;
constexpr std::size_t many_points = 60;
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void FigureScript::draw(const Panel& panel) {
  out_.command("\nreset");
  frame(panel);
  if (&panel == &layout_.panels.front())
    for (const Text& text : layout_.texts) write(text);
  for (const Text& text : panel.texts) write(text);
  for (const LegendEntry& entry : panel.legend) legend(entry);
  elements_.clear();
  if (panel.chart->heat)
    heat(panel);
  else if (panel.chart->tile_map)
    tiles(panel);
  else if (panel.chart->picture)
    image(panel);
  else
    curves(panel);
  if (elements_.empty()) plot("NaN notitle");
  out_.command(fmt::format("plot {}", fmt::join(elements_, ", \\\n     ")));
}

void FigureScript::frame(const Panel& panel) {
  const bool cells = panel.chart->heat || panel.chart->tile_map || panel.chart->picture;
  const Box& box = panel.box;
  out_.command("unset key\nset bars 0");
  out_.command(fmt::format("set lmargin at screen {:.5f}", box.left / layout_.width));
  out_.command(fmt::format("set rmargin at screen {:.5f}", box.right / layout_.width));
  out_.command(fmt::format("set tmargin at screen {:.5f}", 1 - box.top / layout_.height));
  out_.command(fmt::format("set bmargin at screen {:.5f}", 1 - box.bottom / layout_.height));
  // Only the left and the bottom axis.
  out_.command(fmt::format("set border {} lw 1.2 lc rgb '{}'", cells ? 0 : 3, hex(colour::axis)));
  axis("x", panel.x, cells);
  axis("y", panel.y, cells);
}

void FigureScript::axis(const char* name, const Scale& scale, bool cells) {
  out_.command(fmt::format("set {}range [{:.8g}:{:.8g}]", name, scale.low, scale.high));
  if (scale.axis == Axis::log) out_.command(fmt::format("set logscale {} 10", name));
  std::string ticks;
  for (const Tick& tick : scale.ticks)
    ticks += fmt::format("{}{} {:.8g}{}", ticks.empty() ? "" : ", ", quoted_label(tick.label),
                         tick.at, tick.label.empty() ? " 1" : "");
  if (ticks.empty()) return out_.command(fmt::format("unset {}tics", name));
  // gnuplot leaves a line's height free below the x axis; half of it is enough.
  out_.command(fmt::format("set {}tics out nomirror scale {} {} font ',{}' textcolor rgb '{}' ({})",
                           name, cells ? "0" : "0.6,0.3", name[0] == 'x' ? "offset 0,0.4" : "",
                           letters, hex(colour::text), ticks));
}

void FigureScript::write(const Text& text) {
  static constexpr const char* alignment[] = {"left", "center", "right"};
  std::string words = quoted_label(text.text);
  if (text.bold) words = "'{/:Bold " + words.substr(1, words.size() - 2) + "}'";
  out_.command(fmt::format("set label {} at {} {} font ',{}' textcolor rgb '{}' front", words,
                           at(text.x, text.y), alignment[static_cast<int>(text.align)], text.size,
                           hex(text.colour)));
}

void FigureScript::legend(const LegendEntry& entry) {
  if (entry.kind == Kind::points)
    return out_.command(fmt::format("set label '' at {} point pt 7 ps 0.9 lc rgb '{}'",
                                    at(entry.x + sample_width / 2, entry.y), hex(entry.colour)));
  out_.command(fmt::format("set arrow from {} to {} nohead lw {} lc rgb '{}'{}",
                           at(entry.x, entry.y), at(entry.x + sample_width, entry.y), line_width,
                           hex(entry.colour), entry.kind == Kind::theory ? " dt (8,6)" : ""));
}

void FigureScript::curves(const Panel& panel) {
  uprights(panel);
  bands(panel);
  histograms(panel);
  series(panel);
  marks(panel);
}

void FigureScript::uprights(const Panel& panel) {
  for (const Chart::Upright& upright : panel.chart->uprights) {
    const double x = panel.box.left + panel.x.share(upright.x) * panel.box.width();
    out_.command(fmt::format("set arrow from {} to {} nohead lw 1.8 lc rgb '{}' front",
                             at(x, panel.box.bottom), at(x, panel.box.top), hex(upright.colour)));
  }
}

void FigureScript::bands(const Panel& panel) {
  for (const Chart::Band& band : panel.chart->bands) {
    std::vector<double> x, low, high;
    for (std::size_t i = 0; i < band.x.size(); ++i) {
      if (!panel.x.shows(band.x[i]) || !panel.y.shows(band.low[i]) || !panel.y.shows(band.high[i]))
        continue;
      x.push_back(band.x[i]), low.push_back(band.low[i]), high.push_back(band.high[i]);
    }
    if (x.empty()) continue;
    const std::string name = new_name("band");
    out_.data(name, {x, low, high});
    plot(
        fmt::format("${} using 1:2:3 with filledcurves fs transparent solid 0.18 noborder "
                    "fc rgb '{}' notitle",
                    name, hex(band.colour)));
  }
}

void FigureScript::histograms(const Panel& panel) {
  for (const Chart::NamedHistogram& h : panel.chart->histograms) {
    std::vector<double> density = h.histogram.density;
    density.push_back(0);  // the last step goes down to the axis
    const std::string name = new_name("histogram");
    out_.data(name, {h.histogram.edges, density});
    plot(
        fmt::format("${} using 1:2 with fillsteps fs transparent solid 0.35 noborder fc rgb '{}' "
                    "notitle",
                    name, hex(h.colour)));
    plot(fmt::format("${} using 1:2 with steps lw 1.6 lc rgb '{}' notitle", name, hex(h.colour)));
  }
}

namespace {

// Whether `front` lies on `back` all along, to a few pixels.
bool hides(const Chart::Series& front, const Chart::Series& back, const Panel& panel) {
  if (front.kind == Kind::theory || front.kind != back.kind || front.x != back.x) return false;
  for (std::size_t i = 0; i < back.y.size(); ++i) {
    const bool both = panel.y.shows(front.y[i]) && panel.y.shows(back.y[i]);
    const double apart = both ? panel.y.share(front.y[i]) - panel.y.share(back.y[i]) : 0;
    if (std::abs(apart) * panel.box.height() > 4) return false;
  }
  return true;
}

}  // namespace

void FigureScript::series(const Panel& panel) {
  // Theory first, so that it lies behind what was measured.
  std::vector<const Chart::Series*> order;
  for (bool theory : {true, false})
    for (const Chart::Series& s : panel.chart->series)
      if ((s.kind == Kind::theory) == theory) order.push_back(&s);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Chart::Series* s = order[i];
    // What later series would hide is drawn wider, so that its colour shows around them.
    double width = line_width;
    double dot = 0.8;
    for (std::size_t j = i + 1; j < order.size(); ++j)
      if (hides(*order[j], *s, panel)) width += 2.5, dot += 0.35;
    std::vector<double> y = s->y;
    for (double& value : y)
      if (!panel.y.shows(value)) value = no_number;  // a gap in the line
    if (y.empty()) continue;
    const std::string name = new_name(s->kind == Kind::theory ? "theory" : "series");
    out_.data(name, {s->x, y});
    const std::string colour = hex(s->colour).substr(1);
    std::string style = fmt::format("lines lw {} lc rgb '#{}'", width, colour);
    if (s->kind == Kind::theory)
      style = fmt::format("lines lw 2.2 dt (8,6) lc rgb '#{}'", colour);
    else if (s->kind == Kind::points)
      style = fmt::format("points pt 7 ps {} lc rgb '#{}{}'", dot,
                          y.size() > many_points ? "70" : "", colour);
    else if (dotted_lines(*panel.chart) && width == line_width)
      style = fmt::format("linespoints pt 7 ps 0.7 lw {} lc rgb '#{}'", width, colour);
    plot(fmt::format("${} using 1:2 with {} notitle", name, style));
  }
}

void FigureScript::marks(const Panel& panel) {
  for (const Chart::Mark& mark : panel.chart->marks) {
    const std::string name = new_name("mark");
    out_.data(name, {{mark.x}, {mark.y}});
    plot(fmt::format("${} using 1:2 with points pt 7 ps 1.6 lc rgb '{}' notitle", name,
                     hex(mark.colour)));
  }
}

std::string in_quotes(const std::string& text) {
  std::string result = "'";
  for (char c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + "'";
}

std::string quoted_label(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (std::string_view("{}^_@&~\\").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return in_quotes(result);
}

namespace {

std::string output_to(const std::filesystem::path& file) {
  return fmt::format("set output {}\n", in_quotes(file.string()));
}

}  // namespace

std::string svg_target(const Layout& layout, const std::filesystem::path& file) {
  return fmt::format(
             "set terminal svg enhanced rounded size {:.0f},{:.0f} font 'sans-serif,{}' "
             "background '#FFFFFF'\n",
             layout.width, layout.height, letters) +
         output_to(file);
}

std::string png_target(const Layout& layout, const std::filesystem::path& file) {
  // Twice the pixels of the SVG. pngcairo takes the size of letters in points of 4/3 pixels.
  const std::string cairo = fmt::format(
      "set terminal pngcairo enhanced rounded size {:.0f},{:.0f} font 'sans-serif,{}' "
      "fontscale 1.5 linewidth 2 pointscale 2 background '#FFFFFF'",
      2 * layout.width, 2 * layout.height, letters);
  const std::string plain = fmt::format(
      "set terminal png enhanced truecolor size {:.0f},{:.0f} font 'sans-serif,{}' "
      "fontscale 1.5 linewidth 2",
      2 * layout.width, 2 * layout.height, letters);
  return "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {\n  " + cairo + "\n} else {\n  " + plain +
         "\n}\n" + output_to(file);
}

std::string window_target(const Layout& layout, const std::string& terminal,
                          const std::string& title) {
  return fmt::format("set terminal {} enhanced size {:.0f},{:.0f} font 'sans,{:.0f}' title {}\n",
                     terminal, layout.width, layout.height, letters * 0.75, in_quotes(title));
}

std::string drawing_of(const Layout& layout) {
  return FigureScript(layout).text();
}

}  // namespace evenkeel::detail
