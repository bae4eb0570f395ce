// Lines, points, bands and histograms, and what is written beside them.

#include <algorithm>
#include <map>

#include "script.hpp"

namespace evenkeel::detail {
namespace {

using Kind = Chart::Kind;
using Series = Chart::Series;

constexpr int most_end_labels = 4;
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

// The look of each series: the least used one, its colour's if it can be.
std::vector<Look> looks_of(const std::vector<Series>& series) {
  std::vector<Look> chosen;
  std::map<int, int> uses;
  for (const Series& s : series) {
    const auto cost = [&](const Look& look) {
      const bool own = look.colour == s.colour;
      return own && s.name.empty() ? 0 : 2 * uses[look.marker] + !own;
    };
    chosen.push_back(*std::ranges::min_element(known_looks, {}, cost));
    uses[chosen.back().marker] += s.kind == Kind::line || s.kind == Kind::points;
  }
  return chosen;
}

// Those with a name beside the curves.
std::vector<const Series*> named(const Chart& chart) {
  std::vector<const Series*> found;
  for (const Series& s : chart.series) {
    const bool inside = s.kind == Kind::vertical || s.kind == Kind::histogram;
    if (!inside && !s.name.empty()) found.push_back(&s);
  }
  return found;
}

bool has_legend(const std::vector<const Series*>& names) {
  const auto is_points = [](const Series* s) { return s->kind == Kind::points; };
  return names.size() > most_end_labels || std::ranges::any_of(names, is_points);
}

// A place in shares of the box.
std::string graph(double across, double up) {
  return fmt::format("graph {:.4f}, graph {:.4f}", across, up);
}

// A panel while it is being written.
struct Curves {
  Script& out;
  const Chart& panel;
  Box box;
  std::vector<Look> looks = looks_of(panel.series);
  double row = out.canvas.row / box.height();  // height of a line of text as a share of the y axis
  double edge = box.right - room_beside(out.canvas, panel);  // of the curves
  Range x{panel.x.axis}, y{panel.y.axis};

  bool shows(const Series& s, std::size_t i) const {
    return x.shows(s.x[i]) && y.shows(s.y[i]) && (s.high.empty() || y.shows(s.high[i]));
  }
  // Up to the last value that the axes show.
  std::size_t shown(const Series& s) const {
    std::size_t count = s.x.size();
    while (count > 0 && !shows(s, count - 1)) --count;
    return count;
  }

  void axes() {
    std::vector<double> measured;
    double verticals = 0;
    for (const Series& s : panel.series) {
      x.include(s.x), y.include(s.y), y.include(s.high);
      verticals += s.kind == Kind::vertical;
      if (s.kind == Kind::line || s.kind == Kind::points) measured = s.x;
    }
    // Layer 0 stands a little to the right of the axis, not on it.
    const double beside = has_histogram(panel) ? 0 : 0.025;
    x.finish(panel.x, beside, beside);
    // An axis that almost reaches zero may as well begin there.
    if (!y.log && y.low >= 0 && y.low < 0.35 * y.high) y.low = 0;
    // The texts of verticals stand above all else.
    y.finish(panel.y, y.low == 0 && !y.log ? 0 : 0.05, 0.05 + std::min(1.0, row * verticals));
    const double labels = (edge - box.left) / (7.5 * out.canvas.letter);
    out.text += x.commands("x", labels, out.canvas.in_letters(), measured);
    out.text += y.commands("y", 0.45 / row, out.canvas.in_letters());
    out.command("set rmargin at screen {:.5f}", edge / out.width);
  }

  // Whether `front` lies on `back` all along, to a hundredth of the axis.
  bool hides(const Series& front, const Series& back) const {
    if (front.kind == Kind::theory || front.kind != back.kind || front.x != back.x) return false;
    for (std::size_t i = 0; i < back.y.size(); ++i) {
      const bool both = y.shows(front.y[i]) && y.shows(back.y[i]);
      if (both && std::abs(y.share(front.y[i]) - y.share(back.y[i])) > 0.012) return false;
    }
    return true;
  }

  // What `hidden` later series would hide is drawn wider, so that its colour shows around them.
  std::string style(std::size_t i, int hidden = 0) const {
    const Series& s = panel.series[i];
    const bool few = s.y.size() <= few_points;
    const char* how = "linespoints dt {dash} pt {marker}{some} ps {size:.3g} lw {wide} lc {colour}";
    if (s.kind == Kind::line && s.name.empty() && !few) how = "lines lw {wide} lc {colour}";
    if (s.kind == Kind::points) how = "points pt {marker} ps {size:.3g} lc {colour}";
    if (s.kind == Kind::theory) how = "lines lw {thin} dt (8,6) lc {colour}";
    if (s.kind == Kind::band) how = "filledcurves fs transparent solid 0.18 noborder fc {colour}";
    if (s.kind == Kind::histogram) how = "fillsteps fs transparent solid 0.35 noborder fc {colour}";
    const bool pale = s.kind == Kind::points && s.y.size() > many_points;
    const double wide = out.canvas.line_width * (1 + hidden);
    return fmt::format(
        fmt::runtime(how), fmt::arg("dash", looks[i].dash), fmt::arg("marker", looks[i].marker),
        fmt::arg("some", few ? "" : " pn 8"),
        fmt::arg("size", 0.8 + (s.kind == Kind::points ? 0.35 : 0.2) * hidden),
        fmt::arg("wide", wide), fmt::arg("thin", 0.88 * wide),
        fmt::arg("colour", fmt::format("rgb '#{}{:06X}'", pale ? "70" : "", s.colour.rgb)));
  }

  void draw(std::size_t i) {
    const Series& s = panel.series[i];
    int hidden = 0;
    for (std::size_t j = i + 1; j < panel.series.size(); ++j) {
      hidden += hides(panel.series[j], s);
    }
    std::vector<std::vector<double>> rows;
    for (std::size_t k = 0; k < s.x.size(); ++k) {
      if (s.kind != Kind::band) {
        rows.push_back({s.x[k], shows(s, k) ? s.y[k] : NAN});  // a gap in the line
      } else if (shows(s, k)) {
        rows.push_back({s.x[k], s.y[k], s.high[k]});
      }
    }
    const std::string data = out.data(rows);
    out.plot("{} with {} notitle", data, style(i, hidden));
    if (s.kind == Kind::histogram) {
      out.plot("{} with steps lw {} lc rgb '{}' notitle", data, 0.64 * out.canvas.line_width,
               hex(s.colour));
    }
  }

  // Beside the curves, in the order in which the series were given: layers by depth, norms as in
  // every chart. gnuplot's own legend has a second column across the plot where the first is full.
  void legend(const std::vector<const Series*>& names) {
    const double count = static_cast<double>(names.size());
    const double step = std::min(1.15 * out.canvas.row, box.height() / count);
    double top = box.top + 0.5 * step;
    out.command("set key left Left reverse samplen 2.4 font ',{:.4g}' textcolor rgb '{}'",
                std::min(out.canvas.letters, step), hex(colour::text));
    for (const Series* s : names) {
      const auto i = static_cast<std::size_t>(s - panel.series.data());
      out.plot("keyentry with {} title {} at {:.5f},{:.5f}", style(i), out.quoted(s->name),
               (edge + 5 * out.canvas.letters) / out.width, 1 - top / out.height);
      top += step;
    }
  }

  // Each name at the end of its line, moved up or down as little as it takes.
  void labels(const std::vector<const Series*>& names) {
    const double apart = out.canvas.in_letters() ? 1.15 * row : row;  // gnuplot rounds to a line
    std::vector<std::pair<double, const Series*>> labels;  // their middles in shares of the axis
    for (const Series* s : names) {
      if (shown(*s) > 0) labels.emplace_back(y.share(s->y[shown(*s) - 1]), s);
    }
    std::ranges::stable_sort(labels, {}, [](const auto& label) { return label.first; });
    for (int round = 0; round < 100; ++round) {
      for (std::size_t i = 1; i < labels.size(); ++i) {
        double &lower = labels[i - 1].first, &upper = labels[i].first;
        const double overlap = std::max(0.0, apart - (upper - lower));
        lower = std::max(lower - overlap / 2, row / 2);
        upper = std::min(upper + overlap / 2, 1.0);
      }
    }
    for (const auto& [up, s] : labels) {
      out.label(s->name, graph(x.share(s->x[shown(*s) - 1]), up), "left offset 0.8,0",
                shade(s->colour));
    }
  }

  void notes() {
    double up = 1 - 0.5 * row, middle = 0.5;
    for (const Series& s : panel.series) {
      if (s.kind == Kind::histogram) {
        out.label(s.name, graph(1, 1 + 0.6 * row), "right", shade(s.colour));
      } else if (s.kind == Kind::vertical) {
        const double across = x.share(s.x[0]);
        out.command("set arrow from {} to {} nohead front lw {} lc rgb '{}'", graph(across, 0),
                    graph(across, 1), 0.64 * out.canvas.line_width, hex(s.colour));
        out.label(s.name, graph(across, up),
                  across > 0.5 ? "right offset -0.8,0" : "left offset 0.8,0", shade(s.colour));
        up -= row;
      } else if (s.kind != Kind::band && shown(s) == 0) {
        // A line that diverged at once would otherwise be missing without a word.
        out.label((s.name.empty() ? "a line" : s.name) + ": no value to draw", graph(0.5, middle),
                  "center", shade(s.colour));
        middle -= row;
      }
    }
  }
};

}  // namespace

bool has_histogram(const Chart& chart) {
  return std::ranges::any_of(chart.series, [](auto& s) { return s.kind == Kind::histogram; });
}

double room_beside(const Canvas& canvas, const Chart& chart) {
  if (chart.grid) return name_width(canvas, *chart.grid);
  const auto names = named(chart);
  double widest = 0;
  for (const Series* s : names) widest = std::max(widest, canvas.widest({s->name}));
  return widest + (has_legend(names) ? 5 : names.empty() ? 0 : 0.3) * canvas.letters;
}

void add_curves(Script& out, const Chart& panel, const Box& box) {
  Curves curves{out, panel, box};
  curves.axes();
  // Bands and theory first, so that they lie behind what was measured.
  for (Kind layer : {Kind::band, Kind::histogram, Kind::theory, Kind::line, Kind::points}) {
    for (std::size_t i = 0; i < panel.series.size(); ++i) {
      const Series& s = panel.series[i];
      if (s.kind == layer && curves.shown(s) > 0) curves.draw(i);
    }
  }
  const auto names = named(panel);
  has_legend(names) ? curves.legend(names) : curves.labels(names);
  curves.notes();
}

}  // namespace evenkeel::detail
