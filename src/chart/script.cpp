#include "script.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "evenkeel/chart/number.hpp"
#include "evenkeel/chart/text.hpp"

#include "figure_script.hpp"

namespace evenkeel::detail {
namespace {

using Kind = Chart::Kind;

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_end_labels = 4;
constexpr std::size_t few_points = 25;  // so few that each value deserves a marker
constexpr int markers = 8;              // on a line of more

constexpr std::size_t many_points = 60;  // so many that they are drawn see-through

// A norm keeps its dash and marker as it keeps its colour.
constexpr Look known_looks[] = {
    {colour::none, "solid", 7},        {colour::batch, "solid", 5},
    {colour::layer, "(16,4)", 9},      {colour::instance, "(4,3)", 13},
    {colour::group, "(16,4,4,4)", 11}, {colour::rms, "(16,4)", 6},
    {colour::post, "solid", 4},        {colour::pre, "(16,4)", 8},
    {colour::peri, "(4,3)", 12},       {colour::deep, "(16,4,4,4)", 10}};

std::vector<const Chart::Series*> named(const Chart& chart) {
  std::vector<const Chart::Series*> found;
  for (const Chart::Series& s : chart.series) {
    if (!s.name.empty()) found.push_back(&s);
  }
  return found;
}

bool has_key(const Chart& chart) {
  const std::vector<const Chart::Series*> all = named(chart);
  const auto is_points = [](const Chart::Series* s) { return s->kind == Kind::points; };
  return !chart.histograms.empty() || all.size() > most_end_labels ||
         std::any_of(all.begin(), all.end(), is_points);
}

// The look of each series: its colour's, or the next that is free.
std::vector<Look> looks_of(const Chart& chart) {
  std::vector<Look> chosen;
  std::set<int> taken;
  for (const Chart::Series& s : chart.series) {
    const auto own = std::find_if(std::begin(known_looks), std::end(known_looks),
                                  [&](const Look& look) { return look.colour == s.colour; });
    const auto is_free = [&](const Look& look) { return taken.count(look.marker) == 0; };
    const bool keeps_own = own != std::end(known_looks) && (s.name.empty() || is_free(*own));
    const auto next =
        keeps_own ? own : std::find_if(std::begin(known_looks), std::end(known_looks), is_free);
    chosen.push_back(next == std::end(known_looks)
                         ? known_looks[chosen.size() % std::size(known_looks)]
                         : *next);
    if (s.kind != Kind::theory) taken.insert(chosen.back().marker);
  }
  return chosen;
}

// Whether `front` lies on `back` all along, to a hundredth of the axis.
bool hides(const Chart::Series& front, const Chart::Series& back, const Range& y) {
  if (front.kind == Kind::theory || front.kind != back.kind || front.x != back.x) return false;
  for (std::size_t i = 0; i < back.y.size(); ++i) {
    const bool both = std::isfinite(front.y[i]) && std::isfinite(back.y[i]);
    if (both && std::abs(y.share(front.y[i]) - y.share(back.y[i])) > 0.012) return false;
  }
  return true;
}

// The largest density between two values.
double highest(const Chart& chart, double low, double high) {
  double largest = 0;
  for (const Chart::NamedHistogram& h : chart.histograms) {
    for (std::size_t i = 0; i < h.histogram.density.size(); ++i) {
      const bool within = h.histogram.edges[i + 1] > low && h.histogram.edges[i] < high;
      if (within) largest = std::max(largest, h.histogram.density[i]);
    }
  }
  return largest;
}

Range x_range(const Chart& chart) {
  Extent extent(chart.x.axis);
  for (const Chart::Series& s : chart.series) extent.include(s.x);
  for (const Chart::Band& b : chart.bands) extent.include(b.x);
  for (const Chart::Mark& m : chart.marks) extent.include(m.x);
  for (const Chart::Upright& u : chart.uprights) extent.include(u.x);
  for (const Chart::NamedHistogram& h : chart.histograms) extent.include(h.histogram.edges);
  // Layer 0 stands a little to the right of the axis, not on it.
  return range_of(extent, chart.x, chart.histograms.empty() ? 0.025 : 0);
}

// `row` is the height of a line of text as a share of the axis.
Range y_range(const Chart& chart, const Range& x, double row) {
  Extent extent(chart.y.axis);
  for (const Chart::Series& s : chart.series) extent.include(s.y);
  for (const Chart::Band& b : chart.bands) extent.include(b.low), extent.include(b.high);
  for (const Chart::Mark& m : chart.marks) extent.include(m.y);
  for (const Chart::NamedHistogram& h : chart.histograms) extent.include(h.histogram.density);
  Chart::AxisSetting setting = chart.y;
  if (setting.axis == Axis::log) return range_of(extent, setting, 0.05);
  if (!chart.histograms.empty()) {
    // Room above the bars for the key in the emptier corner, and for a vertical line's text.
    const double middle = (x.low + x.high) / 2;
    const double emptier = std::min(highest(chart, x.low, middle), highest(chart, middle, x.high));
    const double key = row * static_cast<double>(chart.histograms.size() + named(chart).size());
    const double texts = key + row * static_cast<double>(chart.uprights.size());
    extent.include(0);
    extent.include(emptier / std::max(0.3, 1 - key - row));
    if (!chart.uprights.empty()) {
      extent.include(highest(chart, x.low, x.high) / std::max(0.3, 1 - texts));
    }
    if (!chart.series.empty()) extent.include(extent.high_ / std::max(0.3, 1 - key));
  }
  // An axis that almost reaches zero may as well begin there.
  if (!setting.low && extent.low_ >= 0 && extent.low_ < 0.35 * extent.high_) setting.low = 0;
  return range_of(extent, setting, 0.05);
}

// Lines about as long as each other: no word alone on the last one.
std::vector<std::string> balanced(const std::string& text, double room) {
  const auto columns = static_cast<std::size_t>(std::max(room, 8.0));
  std::vector<std::string> lines = wrap(text, columns);
  const auto letters_in = [](const std::vector<std::string>& parts) {
    return std::accumulate(parts.begin(), parts.end(), std::size_t{0},
                           [](std::size_t sum, const auto& part) { return sum + part.size() + 1; });
  };
  for (std::size_t narrower = columns - 1; lines.size() > 1 && narrower > 0; --narrower) {
    const std::vector<std::string> next = wrap(text, narrower);
    // One more line, or a word that had to be cut: too narrow.
    if (next.size() > lines.size() || letters_in(next) != letters_in(lines)) break;
    lines = next;
  }
  return lines;
}

}  // namespace

std::string in_quotes(const std::string& text, bool enhanced) {
  std::string result = "'";
  for (char c : printable(text)) {
    if (enhanced && std::string_view("{}^_@&~\\").find(c) != std::string_view::npos) result += '\\';
    result += c == '\'' ? std::string("’") : std::string(1, c);
  }
  return result + "'";
}

void spread(std::vector<double>& places, double height) {
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
  for (int round = 0; round < 100; ++round) {
    for (std::size_t i = 1; i < order.size(); ++i) {
      double &below = places[order[i - 1]], &above = places[order[i]];
      const double overlap = std::max(0.0, height - (above - below));
      below -= overlap / 2;
      above += overlap / 2;
    }
    if (!order.empty()) {
      places[order.front()] = std::max(places[order.front()], height / 2);
      places[order.back()] = std::min(places[order.back()], 1.0);
    }
  }
}

FigureScript::FigureScript(const Figure& figure, const Canvas& canvas)
    : figure_(figure), canvas_(canvas), columns_(std::min(figure.columns, figure.panels.size())) {
  // A picture is shown about 700 pixels wide: the more panels in a row, the smaller each has to be.
  static constexpr double usual[][2] = {{840, 470}, {520, 350}, {370, 320}, {200, 430}};
  const auto& size = usual[std::min<std::size_t>(figure.columns, 4) - 1];
  panel_width_ = canvas.enlarged * figure.panel_width.value_or(size[0]);
  panel_height_ = canvas.enlarged * figure.panel_height.value_or(size[1]);
  if (canvas.in_letters()) {
    panel_width_ = canvas.columns;
    panel_height_ = std::clamp(canvas.columns / 4, 12.0, 22.0) + 4;
  }
  const double gap = 2 * canvas.letters, count = static_cast<double>(columns_);
  width = 2 * canvas.edge + count * panel_width_ + (count - 1) * gap;
  // Where only the first column names its rows, it is wider by their names.
  double names = 0;
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    if (!names_rows(i)) names = std::max(names, name_width(figure.panels[i]));
  }
  width += names;
  const std::vector<Line> title =
      lines_of(figure.title, figure.subtitle, width - 2 * canvas.edge, 1.3);
  height = canvas.edge + height_of(title) + (figure.panels.size() > 1 ? canvas.letters : 0);
  for (std::size_t row = 0; row < figure.panels.size(); row += columns_) {
    const std::size_t end = std::min(row + columns_, figure.panels.size());
    // The panels of a row have their boxes at one height.
    double above = 0;
    for (std::size_t i = row; i < end; ++i) above = std::max(above, room_above(figure.panels[i]));
    const double high = std::max(panel_height_, above + 3 * canvas.letters + panel_height_ / 2);
    for (std::size_t i = row; i < end; ++i) {
      const double left = canvas.edge + static_cast<double>(i - row) * (panel_width_ + gap);
      places_.push_back({left + (i > row ? names : 0), height, height + above, height + high,
                         panel_width_ + (i > row ? 0 : names)});
    }
    height += high + (end < figure.panels.size() ? gap : canvas.edge);
  }
  text = "set encoding utf8\nset decimalsign '.'\n";
  if (figure.panels.size() > 1) text += "set multiplot\n";
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    text += "\nreset\nset minussign\n";
    if (i == 0) write(title, canvas.edge, canvas.edge);
    draw(figure.panels[i], places_[i], names_rows(i));
  }
  if (figure.panels.size() > 1) text += "unset multiplot\n";
}

std::vector<FigureScript::Line> FigureScript::lines_of(const std::string& title,
                                                       const std::string& subtitle, double room,
                                                       double size) const {
  std::vector<Line> lines;
  if (canvas_.in_letters()) return lines;
  const double letter = canvas_.letters * canvas_.narrowness;
  for (const std::string& words : balanced(printable(title), room / (1.15 * size * letter)))
    lines.push_back({words, size, colour::text, true});
  const double small = 0.9 * std::max(1.0, size - 0.25);
  for (const std::string& words : balanced(printable(subtitle), room / (small * letter)))
    lines.push_back({words, small, colour::faint_text, false});
  return lines;
}

double FigureScript::height_of(const std::vector<Line>& lines) const {
  double sum = 0;
  for (const Line& line : lines) sum += line.size * canvas_.letters * canvas_.line_height;
  return sum;
}

void FigureScript::write(const std::vector<Line>& lines, double left, double top) {
  for (const Line& line : lines) {
    const double high = height_of({line});
    label(line.words, at(left, top + high / 2), "left", line.colour, line.size, line.bold);
    top += high;
  }
}

// Titles, and the label of the y axis, which lies above it, where it need not be read sideways.
double FigureScript::room_above(const Chart& panel) const {
  const double row = canvas_.letters * canvas_.line_height;
  const bool label = !panel.y.label.empty() || panel.heat;
  return height_of(lines_of(panel.title, panel.subtitle, panel_width_, 1.05)) +
         (label ? 1.4 * row : 0) + 0.5 * row;
}

double FigureScript::room_below(const Chart& panel) const {
  if (panel.picture) return 0;
  return canvas_.letters * canvas_.line_height * (panel.x.label.empty() ? 1.4 : 2.7);
}

void FigureScript::draw(const Chart& panel, const Place& place, bool names_rows) {
  box_ = {place.left, place.left + place.width, place.box_top, place.bottom - room_below(panel)};
  write(lines_of(panel.title, panel.subtitle, place.width, 1.05), place.left, place.top);
  command("set origin {:.5f},0", place.left / width);
  command("set size {:.5f},1", place.width / width);
  if (is_cells(panel)) fit_cells(panel, names_rows);
  command("set tmargin at screen {:.5f}\nset bmargin at screen {:.5f}", 1 - box_.top / height,
          1 - box_.bottom / height);
  command("set border {} lw {} lc rgb '{}'", is_cells(panel) ? 0 : 3, 0.5 * canvas_.line_width,
          hex(colour::axis));
  command("set tics out nomirror scale {} font ',{:.4g}' textcolor rgb '{}'",
          is_cells(panel) ? "0" : "0.6,0.3", canvas_.letters, hex(colour::text));
  const double row = canvas_.letters * canvas_.line_height;
  if (names_rows) label(panel.y.label, at(place.left, box_.top - row), "left", colour::text);
  if (!panel.x.label.empty()) {
    command("set xlabel {} font ',{:.4g}' textcolor rgb '{}'", quoted(panel.x.label),
            canvas_.letters, hex(colour::text));
  }
  // gnuplot leaves a line's height free below the x axis and above its label; half is enough.
  if (!canvas_.in_letters())
    command("set xtics offset 0,0.4\nset xlabel offset 0,{}", is_cells(panel) ? 0.3 : 0.7);
  elements_.clear();
  const int blocks = blocks_;
  if (is_cells(panel)) {
    cells(panel, names_rows);
  } else {
    curves(panel);
  }
  if (blocks == blocks_) elements_.push_back("NaN notitle");  // it wants something to plot
  command("plot {}", fmt::join(elements_, ", \\\n     "));
}

void FigureScript::curves(const Chart& panel) {
  const double row = canvas_.letters * canvas_.line_height / (box_.bottom - box_.top);
  x_ = x_range(panel);
  y_ = y_range(panel, x_, row);
  std::set<double> measured;
  for (const Chart::Series& s : panel.series) {
    if (s.kind == Kind::theory) continue;
    for (double value : s.x) {
      if (std::isfinite(value) && value > 0) measured.insert(value);
    }
  }
  const double letter = canvas_.letters * canvas_.narrowness;
  text += axis_commands("x", x_, static_cast<int>(std::max(2.0, panel_width_ / (7.5 * letter))),
                        canvas_.powers(), {measured.begin(), measured.end()});
  text += axis_commands("y", y_, static_cast<int>(std::max(2.0, 0.45 / row)), canvas_.powers());
  key(panel);
  bands(panel);
  histograms(panel);
  series(panel);
  marks(panel, row);
  if (!has_key(panel)) end_labels(panel, row);
  note_missing(panel, row);
}

// A legend beside the plot; with histograms in the emptier corner, with μ and σ.
void FigureScript::key(const Chart& panel) {
  if (!has_key(panel)) return command("unset key");
  const double middle = (x_.low + x_.high) / 2;
  const bool left = highest(panel, x_.low, middle) < highest(panel, middle, x_.high);
  const char* corner = left ? "inside left top Left reverse" : "inside right top Right";
  command(
      "set key {} vertical maxcols 1 samplen 2.4 spacing 1.15 font ',{:.4g}' textcolor rgb '{}'",
      panel.histograms.empty() ? "outside right top Left reverse" : corner, canvas_.letters,
      hex(colour::text));
}

void FigureScript::bands(const Chart& panel) {
  for (const Chart::Band& band : panel.bands) {
    std::vector<double> x, low, high;
    for (std::size_t i = 0; i < band.x.size(); ++i) {
      if (!shown(band.x[i], band.low[i]) || !std::isfinite(band.high[i])) continue;
      x.push_back(band.x[i]), low.push_back(band.low[i]), high.push_back(band.high[i]);
    }
    if (x.empty()) continue;
    plot(data({x, low, high}),
         "using 1:2:3 with filledcurves fs transparent solid 0.18 noborder fc rgb '{}' notitle",
         hex(band.colour));
  }
}

void FigureScript::histograms(const Chart& panel) {
  for (const Chart::NamedHistogram& h : panel.histograms) {
    std::vector<double> density = h.histogram.density;
    density.push_back(0);  // the last step goes down to the axis
    const std::string name = data({h.histogram.edges, density});
    plot(name, "using 1:2 with fillsteps fs transparent solid 0.35 noborder fc rgb '{}' notitle",
         hex(h.colour));
    plot(name, "using 1:2 with steps lw {} lc rgb '{}' notitle", 0.64 * canvas_.line_width,
         hex(h.colour));
    const std::string name_shown = panel.histograms.size() == 1 ? "" : h.name + "   ";
    plot("keyentry", "with boxes fs transparent solid 0.35 border fc rgb '{}' title {}",
         hex(h.colour),
         quoted(fmt::format("{}μ {}   σ {}", name_shown, format_number(h.histogram.mean),
                            format_number(h.histogram.sigma))));
  }
}

std::string FigureScript::style_of(const Chart::Series& s, const Look& look, int over) const {
  const std::string colour = hex(s.colour).substr(1);
  const double wide = canvas_.line_width * (1 + over);
  if (s.kind == Kind::theory) {
    return fmt::format("lines lw {} dt (8,6) lc rgb '#{}'", 0.88 * canvas_.line_width, colour);
  }
  if (s.kind == Kind::points) {
    const char* see_through = s.y.size() > many_points ? "70" : "";
    return fmt::format("points pt {} ps {} lc rgb '#{}{}'", look.marker, 0.8 + 0.35 * over,
                       see_through, colour);
  }
  const std::string some = s.y.size() > few_points ? fmt::format(" pn {}", markers) : "";
  return fmt::format("linespoints dt {} pt {}{} ps {} lw {} lc rgb '#{}'", look.dash, look.marker,
                     some, 0.8 + 0.2 * over, wide, colour);
}

void FigureScript::series(const Chart& panel) {
  const std::vector<Look> looks = looks_of(panel);
  // Theory first, so that it lies behind what was measured.
  for (bool theory : {true, false}) {
    for (std::size_t i = 0; i < panel.series.size(); ++i) {
      const Chart::Series& s = panel.series[i];
      if ((s.kind == Kind::theory) != theory || s.x.empty()) continue;
      std::vector<double> y = s.y;
      for (std::size_t k = 0; k < y.size(); ++k) {
        if (!shown(s.x[k], y[k])) y[k] = no_number;  // a gap in the line
      }
      // What later series would hide is drawn wider, so that its colour shows around them.
      int over = 0;
      for (std::size_t j = i + 1; j < panel.series.size(); ++j)
        over += hides(panel.series[j], s, y_);
      plot(data({s.x, y}), "using 1:2 with {} notitle", style_of(s, looks[i], over));
    }
  }
  // Entries in the order in which the series were given: layers by depth, norms as in every chart.
  for (std::size_t i = 0; i < panel.series.size() && has_key(panel); ++i) {
    if (panel.series[i].name.empty()) continue;
    plot("keyentry", "with {} title {}", style_of(panel.series[i], looks[i], 0),
         quoted(panel.series[i].name));
  }
}

// Where the line ends as far as the axes show it; nothing if they show nothing.
std::optional<std::size_t> FigureScript::end_of(const Chart::Series& s) const {
  for (std::size_t i = s.x.size(); i-- > 0;) {
    if (shown(s.x[i], s.y[i])) return i;
  }
  return std::nullopt;
}

void FigureScript::end_labels(const Chart& panel, double row) {
  std::vector<const Chart::Series*> labelled;
  std::vector<double> places;
  double widest = 0;
  for (const Chart::Series* s : named(panel)) {
    const std::optional<std::size_t> end = end_of(*s);
    if (!end) continue;
    labelled.push_back(s);
    places.push_back(y_.share(s->y[*end]));
    widest = std::max(widest, canvas_.width_of(s->name));
  }
  spread(places, 0.95 * row);
  command("set rmargin at screen {:.5f}",
          (box_.right - (widest > 0 ? widest + 0.3 * canvas_.letters : 0)) / width);
  for (std::size_t i = 0; i < labelled.size(); ++i) {
    const double x = labelled[i]->x[*end_of(*labelled[i])];
    const double last = std::clamp(x, x_.low, x_.high);
    label(labelled[i]->name, fmt::format("first {}, graph {:.4f}", shortest(last), places[i]),
          "left offset 0.8,0", shade(labelled[i]->colour));
  }
}

void FigureScript::marks(const Chart& panel, double row) {
  for (const Chart::Mark& mark : panel.marks) {
    if (!shown(mark.x, mark.y)) continue;
    plot(data({{mark.x}, {mark.y}}), "using 1:2 with points pt 7 ps 1.6 lc rgb '{}' notitle",
         hex(mark.colour));
    const double across = x_.share(mark.x), up = y_.share(mark.y);
    label(mark.text,
          fmt::format("graph {:.4f}, graph {:.4f}", across, up + (up < 0.9 ? row : -row)),
          across < 0.2   ? "left"
          : across > 0.8 ? "right"
                         : "center",
          shade(mark.colour));
  }
  // Below the text in the corner, which may reach across.
  double y =
      1 - row * (0.5 + static_cast<double>(panel.histograms.empty()
                                               ? 0
                                               : panel.histograms.size() + named(panel).size()));
  for (const Chart::Upright& upright : panel.uprights) {
    const double across = x_.share(upright.x);
    command(
        "set arrow from graph {0:.5f}, graph 0 to graph {0:.5f}, graph 1 nohead front lw {1} lc "
        "rgb '{2}'",
        across, 0.64 * canvas_.line_width, hex(upright.colour));
    label(upright.text, fmt::format("graph {:.5f}, graph {:.4f}", across, y),
          across > 0.5 ? "right offset -0.8,0" : "left offset 0.8,0", shade(upright.colour));
    y -= row;
  }
}

// A line that diverged at once would otherwise be missing without a word.
void FigureScript::note_missing(const Chart& panel, double row) {
  double y = 0.5;
  for (const Chart::Series& s : panel.series) {
    if (end_of(s)) continue;
    label((s.name.empty() ? "a line" : s.name) + ": no value to draw",
          fmt::format("graph 0.5, graph {:.4f}", y), "center", shade(s.colour));
    y -= row;
  }
}

bool FigureScript::shown(double x, double y) const {
  const auto fits = [](double value, const Range& range) {
    return std::isfinite(value) && (!range.log || value > 0);
  };
  return fits(x, x_) && fits(y, y_);
}

void FigureScript::label(const std::string& words, const std::string& place,
                         const std::string& alignment, Colour colour, double size, bool bold) {
  if (words.empty()) return;
  std::string text_shown = quoted(words);
  if (bold)
    text_shown = fmt::format("'{{/:Bold {}}}'", text_shown.substr(1, text_shown.size() - 2));
  command("set label {} at {} {} font ',{:.4g}' textcolor rgb '{}' front", text_shown, place,
          alignment, size * canvas_.letters, hex(colour));
}

std::string FigureScript::data(const std::vector<std::vector<double>>& columns) {
  const std::string name = fmt::format("$data_{}", ++blocks_);
  text += name + " << e\n";
  for (std::size_t row = 0; row < columns[0].size(); ++row) {
    for (const std::vector<double>& column : columns) text += shortest(column[row]) + " ";
    text.back() = '\n';
  }
  text += "e\n";
  return name;
}

std::string picture_script(const Figure& figure, Format format, Size size) {
  Canvas canvas;
  if (size == Size::projector) canvas = {28, 0.56, 1.25, 22, 5, 1.3, 0};
  const FigureScript script(figure, canvas);
  if (format != Format::png) {
    return fmt::format(
        "set terminal svg enhanced rounded size {:.0f},{:.0f} font 'sans-serif,{}' "
        "background '#FFFFFF'\n{}",
        script.width, script.height, canvas.letters, script.text);
  }
  // Twice the pixels of the SVG. pngcairo takes the size of letters in points of 4/3 pixels.
  const std::string common =
      fmt::format("size {:.0f},{:.0f} font 'sans-serif,{}' fontscale 1.5 linewidth 2",
                  2 * script.width, 2 * script.height, canvas.letters);
  return fmt::format(
      "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {{\n"
      "  set terminal pngcairo enhanced rounded {0} pointscale 2 background '#FFFFFF'\n"
      "}} else {{\n  set terminal png enhanced truecolor {0}\n}}\n{1}",
      common, script.text);
}

std::string window_script(const Figure& figure, const std::string& terminal) {
  const Canvas canvas;
  const FigureScript script(figure, canvas);
  return fmt::format("set terminal {} enhanced size {:.0f},{:.0f} font 'sans,{:.0f}' title {}\n{}",
                     terminal, script.width, script.height, canvas.letters * 0.75,
                     in_quotes(figure.title, false), script.text);
}

std::string text_script(const Chart& panel, std::size_t width) {
  Figure figure{panel};
  figure.title = figure.subtitle = "";
  const Canvas canvas{
      1, 1, 1, 0, 1, 1, static_cast<double>(std::clamp<std::size_t>(width, 30, 100))};
  const FigureScript script(figure, canvas);
  return fmt::format("set terminal dumb mono noenhanced size {:.0f},{:.0f}\n{}", script.width,
                     script.height, script.text);
}

}  // namespace evenkeel::detail
