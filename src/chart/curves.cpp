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

bool is_named(const Series& s) {
  return !s.name.empty() && s.kind != Kind::vertical;
}

// Where the names stand. Beside a histogram is no room, and a legend within would hide it.
enum class Names { above, legend, at_ends };

Names names_of(const Chart& chart) {
  int named = 0, points = 0;
  for (const Series& s : chart.series) {
    if (s.kind == Kind::histogram) return Names::above;
    named += is_named(s);
    points += is_named(s) && s.kind == Kind::points;
  }
  return named > most_end_labels || points > 0 ? Names::legend : Names::at_ends;
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
    x.finish(panel.x, names_of(panel) == Names::above ? 0 : 0.025);
    Chart::AxisSetting setting = panel.y;
    // An axis that almost reaches zero may as well begin there.
    if (!y.log && !setting.low && y.low >= 0 && y.low < 0.35 * y.high) setting.low = 0;
    y.finish(setting, 0.05, std::min(1.0, row * verticals));  // their texts stand above all else
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
  std::string style(const Series& s, const Look& look, int hidden) const {
    const std::string colour = hex(s.colour).substr(1);
    const double wide = out.canvas.line_width * (1 + hidden);
    const bool few = s.y.size() <= few_points;
    if (s.kind == Kind::band || s.kind == Kind::histogram) {
      return fmt::format("{} noborder fc rgb '#{}'",
                         s.kind == Kind::band ? "filledcurves fs transparent solid 0.18"
                                              : "fillsteps fs transparent solid 0.35",
                         colour);
    }
    if (s.kind == Kind::theory) {
      return fmt::format("lines lw {} dt (8,6) lc rgb '#{}'", 0.88 * wide, colour);
    }
    if (s.kind == Kind::points) {
      return fmt::format("points pt {} ps {} lc rgb '#{}{}'", look.marker, 0.8 + 0.35 * hidden,
                         s.y.size() > many_points ? "70" : "", colour);
    }
    if (s.name.empty() && !few) return fmt::format("lines lw {} lc rgb '#{}'", wide, colour);
    return fmt::format("linespoints dt {} pt {}{} ps {} lw {} lc rgb '#{}'", look.dash, look.marker,
                       few ? "" : " pn 8", 0.8 + 0.2 * hidden, wide, colour);
  }

  void draw(std::size_t i, const Look& look) {
    const Series& s = panel.series[i];
    int hidden = 0;
    for (std::size_t j = i + 1; j < panel.series.size(); ++j) {
      hidden += hides(panel.series[j], s);
    }
    std::vector<std::vector<double>> columns(s.high.empty() ? 2 : 3);
    for (std::size_t k = 0; k < s.x.size(); ++k) {
      if (!shows(s, k) && s.kind == Kind::band) continue;
      columns[0].push_back(s.x[k]);
      columns[1].push_back(shows(s, k) ? s.y[k] : NAN);  // a gap in the line
      if (s.kind == Kind::band) columns[2].push_back(s.high[k]);
    }
    const std::string data = out.data(columns);
    out.plot("{} using 1:2{} with {} notitle", data, s.high.empty() ? "" : ":3",
             style(s, look, hidden));
    if (s.kind == Kind::histogram) {
      out.plot("{} using 1:2 with steps lw {} lc rgb '{}' notitle", data,
               0.64 * out.canvas.line_width, hex(s.colour));
    }
  }

  // Beside the curves, in the order in which the series were given: layers by depth, norms as in
  // every chart. gnuplot's own legend has a second column across the plot where the first is full.
  void legend(const std::vector<Look>& looks) {
    const double count = static_cast<double>(std::ranges::count_if(panel.series, is_named));
    const double step = std::min(1.15 * out.canvas.row, box.height() / count);
    double top = box.top + 0.5 * step;
    out.command("set key left Left reverse samplen 2.4 font ',{:.4g}' textcolor rgb '{}'",
                std::min(out.canvas.letters, step), hex(colour::text));
    for (std::size_t i = 0; i < panel.series.size(); ++i) {
      if (!is_named(panel.series[i])) continue;
      out.plot("keyentry with {} title {} at {:.5f},{:.5f}", style(panel.series[i], looks[i], 0),
               out.quoted(panel.series[i].name), (edge + 5 * out.canvas.letters) / out.width,
               1 - top / out.height);
      top += step;
    }
  }

  // Each name at the end of its line, moved up or down as little as it takes, or in a row above.
  void labels(bool above) {
    const double bottom = above ? 1 + 0.6 * row : row / 2, top = above ? INFINITY : 1;
    const double apart = out.canvas.in_letters() ? 1.15 * row : row;  // gnuplot rounds to a line
    std::vector<std::pair<double, const Series*>> labels;  // their middles in shares of the axis
    for (const Series& s : panel.series) {
      if (!is_named(s) || shown(s) == 0) continue;
      labels.emplace_back(above ? bottom : y.share(s.y[shown(s) - 1]), &s);
    }
    std::ranges::stable_sort(labels, {}, [](const auto& label) { return label.first; });
    for (int round = 0; round < 100; ++round) {
      for (std::size_t i = 1; i < labels.size(); ++i) {
        double &lower = labels[i - 1].first, &upper = labels[i].first;
        const double overlap = std::max(0.0, apart - (upper - lower));
        lower = std::max(lower - overlap / 2, bottom);
        upper = std::min(upper + overlap / 2, top);
      }
    }
    for (const auto& [up, s] : labels) {
      out.label(s->name, graph(above ? 1 : x.share(s->x[shown(*s) - 1]), up),
                above ? "right" : "left offset 0.8,0", shade(s->colour));
    }
  }

  void notes() {
    double up = 1 - 0.5 * row, middle = 0.5;
    for (const Series& s : panel.series) {
      if (s.kind == Kind::vertical) {
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

double rows_above(const Chart& chart) {
  if (names_of(chart) != Names::above) return 0;
  return static_cast<double>(std::ranges::count_if(chart.series, is_named));
}

double room_beside(const Canvas& canvas, const Chart& chart) {
  if (chart.grid) return name_width(canvas, *chart.grid);
  const Names names = names_of(chart);
  std::vector<std::string> words;
  for (const Series& s : chart.series) {
    if (is_named(s) && names != Names::above) words.push_back(s.name);
  }
  const double widest = canvas.widest(words);
  return widest + (names == Names::legend ? 5 : widest > 0 ? 0.3 : 0) * canvas.letters;
}

void add_curves(Script& out, const Chart& panel, const Box& box) {
  Curves curves{out, panel, box};
  curves.axes();
  const std::vector<Look> looks = looks_of(panel.series);
  // Bands and theory first, so that they lie behind what was measured.
  for (Kind layer : {Kind::band, Kind::histogram, Kind::theory, Kind::line, Kind::points}) {
    for (std::size_t i = 0; i < panel.series.size(); ++i) {
      const Series& s = panel.series[i];
      if (s.kind == layer && curves.shown(s) > 0) curves.draw(i, looks[i]);
    }
  }
  const Names names = names_of(panel);
  if (names == Names::legend) {
    curves.legend(looks);
  } else {
    curves.labels(names == Names::above);
  }
  curves.notes();
}

}  // namespace evenkeel::detail
