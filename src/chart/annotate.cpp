#include "annotate.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "evenkeel/chart/number.hpp"

namespace evenkeel::detail {
namespace {

using Kind = Chart::Kind;

constexpr std::size_t most_end_labels = 4;
constexpr std::size_t most_measured_labels = 10;
constexpr double label_gap = 10;        // between a line's end and its label
constexpr std::size_t few_points = 25;  // so few that each value deserves a dot

bool is_curves(const Chart& chart) {
  return !chart.heat && !chart.tile_map && !chart.picture;
}

std::vector<const Chart::Series*> named(const Chart& chart) {
  std::vector<const Chart::Series*> found;
  for (const Chart::Series& s : chart.series)
    if (!s.name.empty()) found.push_back(&s);
  return found;
}

bool has_legend(const Chart& chart) {
  const std::vector<const Chart::Series*> all = named(chart);
  const bool points =
      std::any_of(all.begin(), all.end(), [](auto* s) { return s->kind == Kind::points; });
  return chart.histograms.empty() && (points || all.size() > most_end_labels);
}

// The last value of a series that the axes can show, as a place in the picture.
struct End {
  bool found = false;
  double x = 0, y = 0;
};

End end_of(const Chart::Series& s, const Panel& panel) {
  for (std::size_t i = s.x.size(); i-- > 0;) {
    if (!panel.x.shows(s.x[i]) || !panel.y.shows(s.y[i])) continue;
    const double across = std::clamp(panel.x.share(s.x[i]), 0.0, 1.0);
    const double up = std::clamp(panel.y.share(s.y[i]), 0.0, 1.0);
    return {true, panel.box.left + across * panel.box.width(),
            panel.box.bottom - up * panel.box.height()};
  }
  return {};
}

// Moves labels apart that would overlap, as little as it takes, and keeps them beside the box.
// `y` are places from top to bottom.
void spread(std::vector<double>& y, double top, double bottom) {
  for (int round = 0; round < 100; ++round) {
    bool moved = false;
    for (std::size_t i = 1; i < y.size(); ++i) {
      const double overlap = label_height - (y[i] - y[i - 1]);
      if (overlap <= 0.01) continue;
      y[i - 1] -= overlap / 2;
      y[i] += overlap / 2;
      moved = true;
    }
    if (y.empty() || !moved) break;
    y.front() = std::max(y.front(), top);
    y.back() = std::min(y.back(), bottom);
  }
}

void label_ends(Panel& panel) {
  struct Label {
    const Chart::Series* series;
    End end;
  };
  std::vector<Label> labels;
  for (const Chart::Series* s : named(*panel.chart))
    if (const End end = end_of(*s, panel); end.found) labels.push_back({s, end});
  std::stable_sort(labels.begin(), labels.end(),
                   [](const Label& a, const Label& b) { return a.end.y < b.end.y; });
  std::vector<double> y;
  for (const Label& label : labels) y.push_back(label.end.y);
  spread(y, panel.box.top, panel.box.bottom - label_height / 2);
  for (std::size_t i = 0; i < labels.size(); ++i)
    panel.texts.push_back({labels[i].series->name, labels[i].end.x + label_gap, y[i], Align::left,
                           letters, shade(labels[i].series->colour)});
}

// Entries in the order in which the series were given: layers by depth, norms as in every chart.
void add_legend(Panel& panel) {
  double y = panel.box.top + label_height / 2;
  for (const Chart::Series* s : named(*panel.chart)) {
    const double x = panel.box.right + 2 * label_gap;
    panel.legend.push_back({s->kind, s->colour, x, y});
    panel.texts.push_back(
        {s->name, x + sample_width + 8, y, Align::left, letters, shade(s->colour)});
    y += label_height + 3;
  }
}

double corner_rows(const Chart& chart) {
  if (chart.histograms.empty()) return 0;
  return static_cast<double>(chart.histograms.size() + named(chart).size());
}

// A line that diverged at once would otherwise be missing without a word.
void note_missing(Panel& panel) {
  double y = (panel.box.top + panel.box.bottom) / 2;
  for (const Chart::Series& s : panel.chart->series) {
    if (end_of(s, panel).found) continue;
    panel.texts.push_back({(s.name.empty() ? "a line" : s.name) + ": no value to draw",
                           (panel.box.left + panel.box.right) / 2, y, Align::centre, letters,
                           shade(s.colour)});
    y += label_height;
  }
}

void label_marks(Panel& panel) {
  for (const Chart::Mark& mark : panel.chart->marks) {
    if (!panel.x.shows(mark.x) || !panel.y.shows(mark.y)) continue;
    const double across = panel.x.share(mark.x);
    const double x = panel.box.left + across * panel.box.width();
    const double y = panel.box.bottom - panel.y.share(mark.y) * panel.box.height();
    const Align align = across < 0.2 ? Align::left : across > 0.8 ? Align::right : Align::centre;
    const double above = y - panel.box.top > 30 ? -22 : 22;
    panel.texts.push_back({mark.text, x, y + above, align, letters, shade(mark.colour)});
  }
  // Below the text in the corner, which may reach across.
  double y = panel.box.top + label_height * (0.5 + corner_rows(*panel.chart));
  for (const Chart::Upright& upright : panel.chart->uprights) {
    const double across = panel.x.share(upright.x);
    const bool to_the_left = across > 0.5;
    panel.texts.push_back(
        {upright.text, panel.box.left + across * panel.box.width() + (to_the_left ? -8 : 8), y,
         to_the_left ? Align::right : Align::left, letters, shade(upright.colour)});
    y += label_height;
  }
}

std::string moments(const Chart::NamedHistogram& h, bool alone) {
  const std::string text =
      fmt::format("μ {}   σ {}", format_number(h.histogram.mean), format_number(h.histogram.sigma));
  return alone || h.name.empty() ? text : h.name + "   " + text;
}

std::vector<Text> corner_lines(const Chart& chart) {
  std::vector<Text> lines;
  for (const Chart::NamedHistogram& h : chart.histograms)
    lines.push_back(
        {moments(h, chart.histograms.size() == 1), 0, 0, Align::right, letters, shade(h.colour)});
  for (const Chart::Series* s : named(chart))
    lines.push_back({(s->kind == Kind::theory ? "- - " : "— ") + s->name, 0, 0, Align::right,
                     letters, shade(s->colour)});
  return lines;
}

// The largest density in the left or right half, where the corner text would stand.
double highest(const Chart& chart, double low, double high) {
  double largest = 0;
  for (const Chart::NamedHistogram& h : chart.histograms)
    for (std::size_t i = 0; i < h.histogram.density.size(); ++i)
      if (h.histogram.edges[i + 1] > low && h.histogram.edges[i] < high)
        largest = std::max(largest, h.histogram.density[i]);
  return largest;
}

struct Corner {
  bool right;
  double density;  // that the text must stay clear of
};

Corner emptier_corner(const Chart& chart) {
  const Scale x = x_scale(chart, 400);
  const double span = x.high - x.low;
  const double left = highest(chart, x.low, x.low + 0.55 * span);
  const double right = highest(chart, x.high - 0.55 * span, x.high);
  return {right <= left, std::min(left, right)};
}

void add_corner(Panel& panel) {
  const bool right = emptier_corner(*panel.chart).right;
  double y = panel.box.top + label_height / 2;
  for (Text line : corner_lines(*panel.chart)) {
    line.align = right ? Align::right : Align::left;
    line.x = right ? panel.box.right - 4 : panel.box.left + 10;
    line.y = y;
    panel.texts.push_back(line);
    y += label_height;
  }
}

// A few values at which something was measured, like batch sizes, label a logarithmic axis
// themselves, if there is room for all of them.
void label_measured(const Chart& chart, double width, Scale& scale) {
  std::set<double> values;
  for (const Chart::Series& s : chart.series)
    if (s.kind != Kind::theory) values.insert(s.x.begin(), s.x.end());
  if (values.size() < 3 || values.size() > most_measured_labels) return;
  std::vector<Tick> ticks;
  double free_from = -INFINITY;  // where the label before ends
  for (double value : values) {
    const Tick tick{value, shortest(value)};
    const double half = text_width(tick.label, letters) / 2;
    const double middle = scale.shows(value) ? scale.share(value) * width : -INFINITY;
    if (tick.label.size() > 7 || tick.label.find('e') != std::string::npos) return;
    if (middle - half < free_from) return;
    free_from = middle + half + label_gap;
    ticks.push_back(tick);
  }
  scale.ticks = ticks;
}

}  // namespace

bool dotted_lines(const Chart& chart) {
  bool any = false;
  for (const Chart::Series& s : chart.series) {
    if (s.kind != Kind::line) continue;
    if (s.x.size() > few_points) return false;
    any = true;
  }
  return any;
}

Scale x_scale(const Chart& chart, double width) {
  if (!is_curves(chart)) return cells_across(chart, width);
  Extent extent(chart.x.axis);
  bool dots = !chart.marks.empty() || dotted_lines(chart);
  for (const Chart::Series& s : chart.series) {
    extent.include(s.x);
    dots = dots || s.kind == Kind::points;
  }
  for (const Chart::Band& b : chart.bands) extent.include(b.x);
  for (const Chart::Mark& m : chart.marks) extent.include(m.x);
  for (const Chart::Upright& u : chart.uprights) extent.include(u.x);
  for (const Chart::NamedHistogram& h : chart.histograms) extent.include(h.histogram.edges);
  Padding padding{0, 0};
  if (chart.histograms.empty() && dots) padding = {0.025, 0.025};
  Chart::AxisSetting setting = chart.x;
  // Layer 0 stands a little to the right of the axis, not on it.
  const bool from_zero = padding.low > 0 && setting.axis == Axis::linear && !extent.empty();
  if (from_zero && !setting.low)
    setting.low = extent.low() - padding.low * std::max(extent.high() - extent.low(), 1e-300);
  Scale scale = scale_for(setting, extent, padding, std::max(2, static_cast<int>(width / 62)));
  if (scale.axis == Axis::log) label_measured(chart, width, scale);
  return scale;
}

Scale y_scale(const Chart& chart, double height) {
  if (!is_curves(chart)) return cells_down(chart, height);
  Extent extent(chart.y.axis);
  for (const Chart::Series& s : chart.series) extent.include(s.y);
  for (const Chart::Band& b : chart.bands) extent.include(b.low), extent.include(b.high);
  for (const Chart::Mark& m : chart.marks) extent.include(m.y);
  for (const Chart::NamedHistogram& h : chart.histograms) extent.include(h.histogram.density);
  if (!chart.histograms.empty() && chart.y.axis == Axis::linear) {
    // Room for the text in the corner above the bars.
    const double text = label_height * corner_rows(chart) + 8;
    extent.include(0);
    extent.include(emptier_corner(chart).density / std::max(0.3, 1 - text / height));
    // An upright line's text may stand above the highest bar.
    const double rows = corner_rows(chart) + static_cast<double>(chart.uprights.size());
    if (!chart.uprights.empty())
      extent.include(highest(chart, -INFINITY, INFINITY) /
                     std::max(0.3, 1 - (label_height * rows + 8) / height));
  }
  return scale_for(chart.y, extent, {0.05, 0.05}, std::max(2, static_cast<int>(height / 48)));
}

double right_margin(const Chart& chart) {
  if (chart.heat) return 100;
  if (chart.tile_map || chart.picture) return 4;
  if (!chart.histograms.empty()) return 12;
  double widest = 0;
  for (const Chart::Series* s : named(chart))
    widest = std::max(widest, text_width(s->name, letters));
  if (has_legend(chart)) return widest + 2 * label_gap + sample_width + 20;
  return widest == 0 ? 16 : widest + label_gap;
}

void annotate(Panel& panel) {
  if (!is_curves(*panel.chart)) return;
  if (!panel.chart->histograms.empty())
    add_corner(panel);
  else if (has_legend(*panel.chart))
    add_legend(panel);
  else
    label_ends(panel);
  note_missing(panel);
  label_marks(panel);
}

}  // namespace evenkeel::detail
