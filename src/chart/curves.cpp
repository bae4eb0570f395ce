// Lines, points, bands and histograms, and what is written beside them.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "evenkeel/chart/number.hpp"

#include "range.hpp"
#include "script.hpp"

namespace evenkeel::detail {
namespace {

using Kind = Chart::Kind;
using Series = Chart::Series;

constexpr std::size_t most_end_labels = 4;
constexpr std::size_t few_points = 25;   // so few that each value deserves a marker
constexpr std::size_t many_points = 60;  // so many that they are drawn see-through

// What tells lines apart in a grey print: a dash and a marker. A norm keeps both with its colour.
struct Look {
  Colour colour;
  const char* dash;
  int marker;
};
constexpr Look known_looks[] = {
    {colour::none, "solid", 7},        {colour::batch, "solid", 5},
    {colour::layer, "(16,4)", 9},      {colour::instance, "(4,3)", 13},
    {colour::group, "(16,4,4,4)", 11}, {colour::rms, "(16,4)", 6},
    {colour::post, "solid", 4},        {colour::pre, "(16,4)", 8},
    {colour::peri, "(4,3)", 12},       {colour::deep, "(16,4,4,4)", 10}};

// The look of each series: its colour's, or the next that is free.
std::vector<Look> looks_of(const Chart& chart) {
  std::vector<Look> chosen;
  std::set<int> taken;
  for (const Series& s : chart.series) {
    const Look* look = &known_looks[chosen.size() % std::size(known_looks)];
    const auto is_free = [&](const Look& l) { return taken.count(l.marker) == 0; };
    const auto own = [&](const Look& l) {
      return l.colour == s.colour && (s.name.empty() || is_free(l));
    };
    if (const auto* found = std::find_if(std::begin(known_looks), std::end(known_looks), is_free);
        found != std::end(known_looks))
      look = found;
    if (const auto* found = std::find_if(std::begin(known_looks), std::end(known_looks), own);
        found != std::end(known_looks))
      look = found;
    chosen.push_back(*look);
    if (s.kind != Kind::theory) taken.insert(look->marker);
  }
  return chosen;
}

bool has_key(const Chart& chart) {
  const auto named = [](const Series& s) { return !s.name.empty(); };
  const auto count = std::count_if(chart.series.begin(), chart.series.end(), named);
  const auto is_points = [&](const Series& s) { return named(s) && s.kind == Kind::points; };
  return !chart.histograms.empty() || count > static_cast<long>(most_end_labels) ||
         std::any_of(chart.series.begin(), chart.series.end(), is_points);
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

// A panel while it is being written.
struct Curves {
  Script& out;
  const Chart& panel;
  Box box;
  double row;  // height of a line of text as a share of the y axis
  Range x{panel.x.axis}, y{panel.y.axis};

  double rows_in_key() const {
    return panel.histograms.empty()
               ? 0
               : 1.15 * static_cast<double>(panel.histograms.size() + panel.series.size()) + 0.8;
  }
  // Height of an entry beside the plot: less where there are many.
  double legend_row() const {
    return std::min(1.15 * out.canvas.row, box.height() / static_cast<double>(panel.series.size()));
  }
  double middle() const { return (x.low + x.high) / 2; }
  bool shows(const Series& s, std::size_t i) const { return x.shows(s.x[i]) && y.shows(s.y[i]); }

  // The last value that the axes show; s.x.size() if there is none.
  std::size_t end_of(const Series& s) const {
    std::size_t end = s.x.size();
    while (end > 0 && !shows(s, end - 1)) --end;
    return end > 0 ? end - 1 : s.x.size();
  }

  void axes();
  void bands();
  void histograms();
  bool hides(const Series& front, const Series& back) const;
  std::string style(const Series& s, const Look& look, int hidden) const;
  void series();
  void end_labels();
  void notes();
};

void Curves::axes() {
  for (const Series& s : panel.series) x.include(s.x), y.include(s.y);
  for (const Chart::Band& b : panel.bands) x.include(b.x), y.include(b.low), y.include(b.high);
  for (const Chart::Vertical& u : panel.verticals) x.include(u.x);
  for (const Chart::NamedHistogram& h : panel.histograms) {
    x.include(h.histogram.edges), y.include(h.histogram.density);
  }
  // Layer 0 stands a little to the right of the axis, not on it.
  x.finish(panel.x, panel.histograms.empty() ? 0.025 : 0);
  Chart::AxisSetting setting = panel.y;
  if (!panel.histograms.empty() && !y.log) {
    // Room for the key above the emptier half, and above all where lines or texts go across.
    const double emptier =
        std::min(highest(panel, x.low, middle()), highest(panel, middle(), x.high));
    const double texts = static_cast<double>(panel.verticals.size());
    const auto below = [&](double rows) { return std::max(0.3, 1 - row * rows); };
    y.include(0);
    y.include((panel.series.empty() ? emptier : y.high) / below(rows_in_key()));
    if (texts > 0) y.include(highest(panel, x.low, x.high) / below(rows_in_key() + texts));
  }
  // An axis that almost reaches zero may as well begin there.
  if (!y.log && !setting.low && y.low >= 0 && y.low < 0.35 * y.high) setting.low = 0;
  y.finish(setting, 0.05);

  std::set<double> measured;
  for (const Series& s : panel.series) {
    for (double value : s.x) {
      if (s.kind != Kind::theory && x.shows(value)) measured.insert(value);
    }
  }
  const double letter = out.canvas.letters * out.canvas.narrowness;
  const auto most = [](double room) { return static_cast<int>(std::max(2.0, room)); };
  out.text += x.commands("x", most((box.width() - room_beside(out.canvas, panel)) / (7.5 * letter)),
                         out.canvas.powers(), {measured.begin(), measured.end()});
  out.text += y.commands("y", most(0.45 / row), out.canvas.powers());
  // A legend beside the plot; with histograms in the emptier corner.
  const bool left = highest(panel, x.low, middle()) < highest(panel, middle(), x.high);
  const bool alone = panel.histograms.size() == 1 && panel.series.empty();
  if (!has_key(panel)) return out.command("unset key");
  out.command(
      "set key {} samplen {} spacing 1.15 font ',{:.4g}' textcolor rgb '{}'",
      left || panel.histograms.empty() ? "inside left top Left reverse" : "inside right top Right",
      alone ? -1 : 2.4, out.canvas.letters * std::min(1.0, legend_row() / out.canvas.letters),
      hex(colour::text));
}

void Curves::bands() {
  for (const Chart::Band& band : panel.bands) {
    std::vector<std::vector<double>> columns(3);
    for (std::size_t i = 0; i < band.x.size(); ++i) {
      if (!x.shows(band.x[i]) || !y.shows(band.low[i]) || !y.shows(band.high[i])) continue;
      columns[0].push_back(band.x[i]);
      columns[1].push_back(band.low[i]), columns[2].push_back(band.high[i]);
    }
    if (columns[0].empty()) continue;
    out.plot(out.data(columns),
             "using 1:2:3 with filledcurves fs transparent solid 0.18 noborder fc rgb '{}' notitle",
             hex(band.colour));
  }
}

void Curves::histograms() {
  for (const Chart::NamedHistogram& h : panel.histograms) {
    std::vector<double> density = h.histogram.density;
    density.push_back(0);  // the last step goes down to the axis
    const std::string name = out.data({h.histogram.edges, density}), colour = hex(h.colour);
    const char* fill = "fs transparent solid 0.35";
    out.plot(name, "using 1:2 with fillsteps {} noborder fc rgb '{}' notitle", fill, colour);
    out.plot(name, "using 1:2 with steps lw {} lc rgb '{}' notitle", 0.64 * out.canvas.line_width,
             colour);
    const std::string words =
        fmt::format("{}μ {}   σ {}", panel.histograms.size() == 1 ? "" : h.name + "   ",
                    format_number(h.histogram.mean), format_number(h.histogram.sigma));
    out.plot("keyentry", "with boxes {} border fc rgb '{}' title {}", fill, colour,
             out.quoted(words));
  }
}

// Whether `front` lies on `back` all along, to a hundredth of the axis.
bool Curves::hides(const Series& front, const Series& back) const {
  if (front.kind == Kind::theory || front.kind != back.kind || front.x != back.x) return false;
  for (std::size_t i = 0; i < back.y.size(); ++i) {
    const bool both = y.shows(front.y[i]) && y.shows(back.y[i]);
    if (both && std::abs(y.share(front.y[i]) - y.share(back.y[i])) > 0.012) return false;
  }
  return true;
}

// What `hidden` later series would hide is drawn wider, so that its colour shows around them.
std::string Curves::style(const Series& s, const Look& look, int hidden) const {
  const std::string colour = hex(s.colour).substr(1);
  const double wide = out.canvas.line_width;
  if (s.kind == Kind::theory)
    return fmt::format("lines lw {} dt (8,6) lc rgb '#{}'", 0.88 * wide, colour);
  if (s.kind == Kind::points)
    return fmt::format("points pt {} ps {} lc rgb '#{}{}'", look.marker, 0.8 + 0.35 * hidden,
                       s.y.size() > many_points ? "70" : "", colour);
  if (s.name.empty() && s.y.size() > few_points)
    return fmt::format("lines lw {} lc rgb '#{}'", wide * (1 + hidden), colour);
  return fmt::format("linespoints dt {} pt {}{} ps {} lw {} lc rgb '#{}'", look.dash, look.marker,
                     s.y.size() > few_points ? " pn 8" : "", 0.8 + 0.2 * hidden,
                     wide * (1 + hidden), colour);
}

void Curves::series() {
  const std::vector<Look> looks = looks_of(panel);
  // Theory first, so that it lies behind what was measured.
  for (bool theory : {true, false}) {
    for (std::size_t i = 0; i < panel.series.size(); ++i) {
      const Series& s = panel.series[i];
      if ((s.kind == Kind::theory) != theory || s.x.empty()) continue;
      std::vector<double> ys = s.y;
      for (std::size_t k = 0; k < ys.size(); ++k) {
        if (!shows(s, k)) ys[k] = std::numeric_limits<double>::quiet_NaN();  // a gap in the line
      }
      int hidden = 0;
      for (std::size_t j = i + 1; j < panel.series.size(); ++j) hidden += hides(panel.series[j], s);
      out.plot(out.data({s.x, ys}), "using 1:2 with {} notitle", style(s, looks[i], hidden));
    }
  }
  // Entries in the order in which the series were given: layers by depth, norms as in every chart.
  if (!has_key(panel)) return;
  const double edge = box.right - room_beside(out.canvas, panel);
  const double left = edge + 5 * out.canvas.letters;  // of the words
  double top = box.top + 0.5 * legend_row();
  if (panel.histograms.empty()) out.command("set rmargin at screen {:.5f}", edge / out.width);
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& s = panel.series[i];
    if (s.name.empty()) continue;
    // gnuplot's own place would be a second column across the plot where the first is full.
    const std::string place =
        fmt::format(" at {:.5f},{:.5f}", left / out.width, 1 - top / out.height);
    out.plot("keyentry", "with {} title {}{}", style(s, looks[i], 0), out.quoted(s.name),
             panel.histograms.empty() ? place : "");
    top += legend_row();
  }
}

// Moves labels apart as little as it takes: `places` are their middles from the bottom (0) to the
// top (1) of the axis, each `row` high.
void spread(std::vector<double>& places, double row) {
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
  for (int round = 0; round < 100 && !order.empty(); ++round) {
    for (std::size_t i = 1; i < order.size(); ++i) {
      double &lower = places[order[i - 1]], &upper = places[order[i]];
      const double overlap = std::max(0.0, row - (upper - lower));
      lower -= overlap / 2;
      upper += overlap / 2;
    }
    places[order.front()] = std::max(places[order.front()], row / 2);
    places[order.back()] = std::min(places[order.back()], 1.0);
  }
}

void Curves::end_labels() {
  std::vector<const Series*> labelled;
  std::vector<double> places;
  double widest = 0;
  for (const Series& s : panel.series) {
    if (s.name.empty() || end_of(s) == s.x.size()) continue;
    labelled.push_back(&s);
    places.push_back(y.share(s.y[end_of(s)]));
    widest = std::max(widest, out.canvas.width_of(s.name) + 0.3 * out.canvas.letters);
  }
  spread(places, 0.95 * row);
  out.command("set rmargin at screen {:.5f}", (box.right - widest) / out.width);
  for (std::size_t i = 0; i < labelled.size(); ++i) {
    const double last = std::clamp(labelled[i]->x[end_of(*labelled[i])], x.low, x.high);
    out.label(labelled[i]->name, fmt::format("first {}, graph {:.4f}", shortest(last), places[i]),
              "left offset 0.8,0", shade(labelled[i]->colour));
  }
}

void Curves::notes() {
  const auto place = [](double across, double up) {
    return fmt::format("graph {:.4f}, graph {:.4f}", across, up);
  };
  // Below the key in the corner, which may reach across.
  double up = 1 - row * (0.5 + rows_in_key());
  for (const Chart::Vertical& vertical : panel.verticals) {
    const double across = x.share(vertical.x);
    out.command("set arrow from {} to {} nohead front lw {} lc rgb '{}'", place(across, 0),
                place(across, 1), 0.64 * out.canvas.line_width, hex(vertical.colour));
    out.label(vertical.text, place(across, up),
              across > 0.5 ? "right offset -0.8,0" : "left offset 0.8,0", shade(vertical.colour));
    up -= row;
  }
  // A line that diverged at once would otherwise be missing without a word.
  up = 0.5;
  for (const Series& s : panel.series) {
    if (end_of(s) < s.x.size()) continue;
    out.label((s.name.empty() ? "a line" : s.name) + ": no value to draw", place(0.5, up), "center",
              shade(s.colour));
    up -= row;
  }
}

}  // namespace

double room_beside(const Canvas& canvas, const Chart& chart) {
  double widest = 0;
  if (!chart.histograms.empty()) return 0;
  for (const Series& s : chart.series) widest = std::max(widest, canvas.width_of(s.name));
  return widest + (widest > 0 && has_key(chart) ? 5 * canvas.letters : 0);
}

void add_curves(Script& out, const Chart& panel, const Box& box) {
  Curves curves{out, panel, box, out.canvas.row / box.height()};
  curves.axes();
  curves.bands();
  curves.histograms();
  curves.series();
  curves.notes();
  if (!has_key(panel)) curves.end_labels();
}

}  // namespace evenkeel::detail
