#include "text_chart.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "evenkeel/chart/number.hpp"
#include "evenkeel/chart/text.hpp"

#include "annotate.hpp"
#include "script.hpp"
#include "script_writer.hpp"

namespace evenkeel::detail {
namespace {

constexpr std::string_view shades[] = {"░", "▒", "▓", "█"};

void write_axis(ScriptWriter& out, const char* name, const Scale& scale) {
  out.command(fmt::format("set {}range [{:.8g}:{:.8g}]", name, scale.low, scale.high));
  if (scale.axis == Axis::log) out.command(fmt::format("set logscale {} 10", name));
  std::string ticks;
  for (const Tick& tick : scale.ticks)
    if (!tick.label.empty())
      ticks +=
          fmt::format("{}{} {:.8g}", ticks.empty() ? "" : ", ", in_quotes(tick.label), tick.at);
  if (!ticks.empty()) out.command(fmt::format("set {}tics out nomirror ({})", name, ticks));
}

// One letter for each series: the first of its name that no other has taken; theory is dotted.
std::vector<char> signs_of(const Chart& chart) {
  std::vector<char> signs;
  for (const Chart::Series& s : chart.series) {
    const std::string candidates = s.name + "abcdefghijklmnopqrstuvwxyz";
    const auto is_free = [&signs](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) &&
             std::count(signs.begin(), signs.end(), c) == 0;
    };
    const auto found = std::find_if(candidates.begin(), candidates.end(), is_free);
    const char letter = found == candidates.end() ? '+' : *found;
    signs.push_back(s.kind == Chart::Kind::theory ? '.' : letter);
  }
  return signs;
}

// The value at `share` of the way from `a` to `b` as the axis draws it.
double between(double a, double b, double share, const Scale& scale) {
  if (scale.axis == Axis::linear) return a + share * (b - a);
  return a * std::pow(b / a, share);
}

// Many values between two: letters then form a line, where a few would be lost on the way.
std::vector<std::vector<double>> filled_in(const Chart::Series& s, const Scale& x, const Scale& y,
                                           std::size_t width) {
  std::vector<double> xs, ys;
  const auto shown = [&](std::size_t i) { return x.shows(s.x[i]) && y.shows(s.y[i]); };
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    if (!shown(i)) continue;
    const bool joined = i > 0 && s.kind != Chart::Kind::points && shown(i - 1);
    const std::size_t steps = joined ? width / s.x.size() + 1 : 1;
    for (std::size_t k = 1; k <= steps; ++k) {
      const double share = static_cast<double>(k) / static_cast<double>(steps);
      xs.push_back(joined ? between(s.x[i - 1], s.x[i], share, x) : s.x[i]);
      ys.push_back(joined ? between(s.y[i - 1], s.y[i], share, y) : s.y[i]);
    }
  }
  return {xs, ys};
}

void add_series(ScriptWriter& out, const Chart& chart, const Scale& x, const Scale& y,
                std::size_t width, std::vector<std::string>& elements) {
  const std::vector<char> signs = signs_of(chart);
  int block = 0;
  // Theory first: what was measured is drawn over it.
  for (bool theory : {true, false})
    for (std::size_t i = 0; i < signs.size(); ++i) {
      if ((chart.series[i].kind == Chart::Kind::theory) != theory) continue;
      const std::vector<std::vector<double>> data = filled_in(chart.series[i], x, y, width);
      if (data[0].empty()) continue;
      const std::string name = fmt::format("series_{}", ++block);
      out.data(name, data);
      elements.push_back(fmt::format("${} using 1:2 with points pt '{}'", name, signs[i]));
    }
  for (const Chart::Mark& m : chart.marks) {
    const std::string name = fmt::format("mark_{}", ++block);
    out.data(name, {{m.x}, {m.y}});
    elements.push_back(fmt::format("${} using 1:2 with points pt 'O'", name));
  }
}

void add_histograms(ScriptWriter& out, const Chart& chart, const Scale& x, std::size_t width,
                    std::vector<std::string>& elements) {
  int block = 0;
  for (const Chart::NamedHistogram& h : chart.histograms) {
    // A bar for each column of letters, so that no gap stays between them.
    std::vector<double> at, density;
    const std::vector<double>& edges = h.histogram.edges;
    for (std::size_t i = 0; i <= 2 * width; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(2 * width);
      at.push_back(edges.front() + share * (edges.back() - edges.front()));
      const auto after = std::upper_bound(edges.begin(), edges.end() - 1, at.back());
      density.push_back(h.histogram.density[static_cast<std::size_t>(after - edges.begin() - 1)]);
      if (!x.shows(at.back())) at.pop_back(), density.pop_back();
    }
    const std::string name = fmt::format("histogram_{}", ++block);
    out.data(name, {at, density});
    elements.push_back(fmt::format("${} using 1:2 with impulses", name));
  }
}

// What the signs stand for, as many on a line as fit.
std::string legend_as_text(const Chart& chart, std::size_t width) {
  std::vector<std::string> entries;
  for (const Chart::NamedHistogram& h : chart.histograms)
    entries.push_back(fmt::format("* {}  μ {}  σ {}", h.name, format_number(h.histogram.mean),
                                  format_number(h.histogram.sigma)));
  const std::vector<char> signs = signs_of(chart);
  for (std::size_t i = 0; i < signs.size(); ++i) {
    const std::string& name = chart.series[i].name;
    if (!name.empty()) entries.push_back(fmt::format("{} {}", signs[i], name));
  }
  for (const Chart::Mark& m : chart.marks) entries.push_back("O " + m.text);
  for (const Chart::Upright& u : chart.uprights) entries.push_back("| " + u.text);
  std::string text, line;
  for (const std::string& entry : entries) {
    if (!line.empty() && display_width(line) + 3 + display_width(entry) > width) {
      text += line + "\n";
      line.clear();
    }
    line = fit(line + (line.empty() ? "  " : "   ") + entry, width);
  }
  return line.empty() ? text : text + line + "\n";
}

// The names in front of the cells, all of one width.
std::string row_name(const std::vector<std::string>& names, std::size_t row) {
  std::size_t widest = 0;
  for (const std::string& name : names) widest = std::max(widest, display_width(name));
  return "  " + pad_right(names.empty() ? "" : names[row], widest) + "  ";
}

std::string heat_as_text(const HeatMap& map, std::size_t width) {
  const Scale scale = colour_scale(map);
  const std::size_t names = map.rows.empty() ? 4 : display_width(row_name(map.rows, 0));
  const std::size_t room = width > names ? width - names : 1;
  const std::size_t cell =
      std::clamp<std::size_t>(room / std::max<std::size_t>(map.columns.size(), 1), 1, 3);
  std::string text;
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    std::string line = row_name(map.rows, r);
    for (std::size_t c = 0; c < map.columns.size(); ++c) {
      const double value = map.values[r * map.columns.size() + c];
      const double share = scale.shows(value) ? scale.share(value) : 0;
      const auto shade = std::min<std::size_t>(static_cast<std::size_t>(share * 4), 3);
      for (std::size_t i = 0; i < cell; ++i)
        line += scale.shows(value) ? std::string(shades[shade]) : i == cell / 2 ? "×" : " ";
    }
    text += fit(line, width) + "\n";
  }
  const std::string ends = fmt::format("  ░ {}  █ {}  × diverged   {}", format_number(scale.low),
                                       format_number(scale.high), map.meaning);
  return text + fit(ends, width) + "\n";
}

// Letters are about twice as high as wide: a letter stands for two rows of pixels.
std::string image_as_text(const Image& image, std::size_t width) {
  const std::size_t room = width > 4 ? width - 4 : 1;
  const std::size_t columns = std::min<std::size_t>({room, image.width, 64});
  const std::size_t rows = std::max<std::size_t>(image.height * columns / (2 * image.width), 1);
  std::string text;
  for (std::size_t r = 0; r < rows; ++r) {
    std::string line = "  ";
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t y = (2 * r + 1) * image.height / (2 * rows);
      const std::size_t x = (2 * c + 1) * image.width / (2 * columns);
      const std::uint8_t* const rgb = &image.rgb[3 * (y * image.width + x)];
      const std::size_t light = (std::size_t{rgb[0]} + rgb[1] + rgb[2]) / 3;
      line += light < 51 ? std::string(" ")
                         : std::string(shades[std::min<std::size_t>((light - 51) / 51, 3)]);
    }
    text += fit(line, width) + "\n";
  }
  return text;
}

std::string tiles_as_text(const TileMap& map, std::size_t width) {
  std::size_t cell = 0;
  for (std::size_t tile : map.tile) cell = std::max(cell, std::to_string(tile).size() + 1);
  const std::size_t share = map.groups.empty() ? map.rows : map.rows / map.groups.size();
  std::string text;
  for (std::size_t r = 0; r < map.rows; ++r) {
    std::string line = row_name(map.groups, map.groups.empty() ? 0 : r / share);
    for (std::size_t c = 0; c < map.columns; ++c)
      line += pad_left(std::to_string(map.tile[c * map.rows + r]), cell);
    text += fit(line, width) + "\n";
  }
  return text;
}

}  // namespace

std::string heading_as_text(const std::string& title, const std::string& subtitle,
                            std::size_t width) {
  std::string text;
  for (const std::string& part : {title, subtitle})
    for (const std::string& line : wrap(part, width > 2 ? width - 2 : width))
      text += fit("  " + line, width) + "\n";
  return text;
}

std::string text_script(const Chart& chart, std::size_t width) {
  const std::size_t height = std::clamp<std::size_t>(width / 4, 12, 22);
  const Scale x = x_scale(chart, static_cast<double>(width) * 8);
  const Scale y = y_scale(chart, static_cast<double>(height) * 14);
  ScriptWriter out;
  out.command(fmt::format("set terminal dumb noenhanced mono size {},{}\nset encoding utf8",
                          std::clamp<std::size_t>(width, 30, 100), height + 4));
  out.command("set border 3\nunset key");
  write_axis(out, "x", x);
  write_axis(out, "y", y);
  out.command(fmt::format("set xlabel {}", in_quotes(chart.x.label)));
  std::vector<std::string> elements;
  add_histograms(out, chart, x, width, elements);
  add_series(out, chart, x, y, width, elements);
  for (const Chart::Upright& u : chart.uprights)
    out.command(
        fmt::format("set arrow from {0:.8g}, graph 0 to {0:.8g}, graph 1 nohead front", u.x));
  if (elements.empty()) elements.push_back("NaN notitle");
  out.command(fmt::format("plot {}", fmt::join(elements, ", \\\n     ")));
  return out.text();
}

std::string frame_text(const Chart& chart, const std::string& drawn, std::size_t width) {
  std::istringstream lines(drawn);
  std::string line;
  std::string text = chart.y.label.empty() ? "" : fit("  " + chart.y.label, width) + "\n";
  while (std::getline(lines, line)) {
    line.erase(std::remove(line.begin(), line.end(), '\f'), line.end());
    line.erase(line.find_last_not_of(" \t") + 1);
    if (!line.empty()) text += fit(line, width) + "\n";
  }
  return text + legend_as_text(chart, width);
}

std::string cells_as_text(const Chart& chart, std::size_t width) {
  std::string text = chart.heat      ? heat_as_text(*chart.heat, width)
                     : chart.picture ? image_as_text(*chart.picture, width)
                                     : tiles_as_text(*chart.tile_map, width);
  if (!chart.x.label.empty()) text += fit("  across: " + chart.x.label, width) + "\n";
  if (!chart.y.label.empty()) text += fit("  down: " + chart.y.label, width) + "\n";
  return text;
}

}  // namespace evenkeel::detail
