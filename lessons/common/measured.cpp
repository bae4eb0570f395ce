#include "measured.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <armadillo>
#include <cmath>
#include <limits>
#include <numeric>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/table.hpp"

namespace evenkeel::lesson {

// --- Curve ---------------------------------------------------------------------------------------

namespace {

double value_at(const std::vector<double>& run, std::size_t i) {
  return i < run.size() ? run[i] : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> line_of(const Curve& curve, Line line) {
  if (line == Line::first) return curve.first();
  return line == Line::mean ? curve.mean() : curve.median();
}

}  // namespace

std::vector<double> Curve::at_index(std::size_t i) const {
  return each([i](const std::vector<double>& run) { return value_at(run, i); });
}

std::vector<double> Curve::at(double where) const {
  const auto found = std::find(x.begin(), x.end(), where);
  if (found == x.end()) fail("Curve::at", fmt::format("nothing was measured at {}", where));
  return at_index(static_cast<std::size_t>(found - x.begin()));
}

std::vector<double> Curve::over_seeds(const Number& number) const {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < x.size(); ++i) numbers.push_back(number(at_index(i)));
  return numbers;
}

std::vector<double> Curve::each(const Number& number) const {
  std::vector<double> numbers;
  for (const std::vector<double>& run : runs) numbers.push_back(number(run));
  return numbers;
}

// --- Record --------------------------------------------------------------------------------------

const Record::Series* Record::find(const std::string& quantity, const std::string& name) const {
  for (const Series& series : series_) {
    if (series.quantity == quantity && series.name == name) return &series;
  }
  return nullptr;
}

Record::Series& Record::place(const std::string& quantity, const std::string& name) {
  if (const Series* found = find(quantity, name)) return const_cast<Series&>(*found);
  return series_.emplace_back(Series{quantity, name, {}});
}

void Record::add(const Quantity& quantity, const std::string& series, double x, double value) {
  Curve& curve = place(quantity.name, series).curve;
  if (curve.runs.empty()) curve.runs.emplace_back();
  curve.x.push_back(x);
  curve.runs.back().push_back(value);
}

void Record::add(const Quantity& quantity, const std::string& series, const std::vector<double>& xs,
                 const std::vector<double>& values) {
  for (std::size_t i = 0; i < xs.size(); ++i) add(quantity, series, xs[i], values.at(i));
}

void Record::append(const Record& other) {
  for (const Series& more : other.series_) {
    Curve& curve = place(more.quantity, more.name).curve;
    if (curve.x.size() < more.curve.x.size()) curve.x = more.curve.x;
    curve.runs.insert(curve.runs.end(), more.curve.runs.begin(), more.curve.runs.end());
  }
}

bool Record::has(const Quantity& quantity, const std::string& series) const {
  return find(quantity.name, series) != nullptr;
}

const Curve& Record::of(const Quantity& quantity, const std::string& series) const {
  const Series* found = find(quantity.name, series);
  if (found == nullptr)
    fail("Record", fmt::format("no {} was measured of '{}'", quantity.name, series));
  return found->curve;
}

void Record::write(CsvWriter& csv, std::uint64_t first_seed) const {
  for (const Series& series : series_) {
    for (std::size_t seed = 0; seed < series.curve.runs.size(); ++seed) {
      const std::vector<double>& run = series.curve.runs[seed];
      for (std::size_t i = 0; i < run.size(); ++i) {
        csv.row({series.quantity, series.name, first_seed + seed, series.curve.x[i], run[i]});
      }
    }
  }
}

Chart chart_of(const Record& record, const Quantity& quantity, const Styles& styles, Line line,
               Axis y) {
  Chart chart(quantity.y);
  chart.x_axis(quantity.x).y_axis(quantity.y, y);
  for (const Style& style : styles) {
    if (!record.has(quantity, style.name)) continue;
    const Curve& curve = record.of(quantity, style.name);
    if (curve.runs.size() > 1)
      chart.band(curve.x, curve.quantile(0.05), curve.quantile(0.95), style.colour);
    chart.line(style.title, curve.x, line_of(curve, line), style.colour);
  }
  return chart;
}

void share_y(Figure& figure) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Chart& panel : figure.panels) {
    for (const Chart::Series& series : panel.series) {
      for (const std::vector<double>* values : {&series.y, &series.high}) {
        for (double y : *values) {
          low = std::min(low, y);  // NaN, where a run ended early, changes neither
          high = std::max(high, y);
        }
      }
    }
  }
  for (Chart& panel : figure.panels) panel.y_range(low, high);
}

Chart heat_map_of(const Record& record, const Quantity& quantity, const Styles& styles,
                  const std::string& meaning, const Number& number) {
  HeatMap map;
  map.meaning = meaning;
  for (const Style& style : styles) {
    const Curve& curve = record.of(quantity, style.name);
    map.rows.push_back(style.title);
    map.columns.clear();
    for (double x : curve.x) map.columns.push_back(fmt::format("{:.3g}", x));
    for (double cell : curve.over_seeds(number)) map.values.push_back(cell);
  }
  Chart chart(meaning);
  return chart.x_axis(quantity.x).y_axis("").heat_map(std::move(map));
}

void add_theory(Chart& chart, const std::string& name, const std::vector<double>& xs,
                const std::function<double(double)>& f) {
  chart.theory(name, xs, map(xs, f));
}

void print_table(const Record& record, const Quantity& quantity, const Styles& styles, Line line,
                 std::size_t rows) {
  std::vector<Column> columns = {quantity.x};
  std::vector<double> x;
  std::vector<std::vector<double>> lines;
  for (const Style& style : styles) {
    if (!record.has(quantity, style.name)) continue;
    const Curve& curve = record.of(quantity, style.name);
    columns.emplace_back(style.title);
    lines.push_back(line_of(curve, line));
    if (x.size() < curve.x.size()) x = curve.x;
  }
  Table table(columns);
  const std::size_t step = (x.size() + rows - 1) / rows;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i % step != 0 && i + 1 != x.size()) continue;
    const bool whole = x[i] == std::floor(x[i]);
    std::vector<Cell> row = {whole ? Cell(static_cast<long long>(x[i])) : Cell(x[i])};
    for (const std::vector<double>& values : lines) row.emplace_back(value_at(values, i));
    table.row(row);
  }
  fmt::print("{}{}\n\n", quantity.y,
             line == Line::first  ? ""
             : line == Line::mean ? ", mean over seeds"
                                  : ", median over seeds");
  table.print();
}

const char* name_of(Chart::Kind kind) {
  static constexpr const char* names[] = {"band", "histogram", "theory",
                                          "line", "points",    "vertical"};
  return names[static_cast<int>(kind)];
}

bool write_figure(const std::filesystem::path& path, const Figure& figure) {
  const auto has_points = [](const Chart& panel) { return panel.heat || !panel.series.empty(); };
  if (!std::any_of(figure.panels.begin(), figure.panels.end(), has_points)) return false;
  CsvWriter csv(path, {"panel", "kind", "series", "x", "y", "high"});
  for (const Chart& panel : figure.panels) {
    const std::string& title = panel.title.empty() ? figure.title : panel.title;
    for (const Chart::Series& series : panel.series) {
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        csv.row({title, name_of(series.kind), series.name, series.x[i], series.y[i],
                 series.high.empty() ? Cell("") : Cell(series.high[i])});
      }
    }
    for (std::size_t i = 0; panel.heat && i < panel.heat->values.size(); ++i) {
      const std::size_t row = i / panel.heat->columns.size(),
                        column = i % panel.heat->columns.size();
      csv.row({title, "cell", panel.heat->rows[row], panel.heat->columns[column],
               panel.heat->values[i], ""});
    }
  }
  csv.close();
  return true;
}

// --- numbers -------------------------------------------------------------------------------------

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median_of(const std::vector<double>& values) {
  return quantile_of(values, 0.5);
}

double quantile_of(const std::vector<double>& values, double share) {
  for (double value : values) {
    if (std::isnan(value)) return value;
  }
  return share == 0.5 ? arma::median(arma::vec(values))
                      : arma::as_scalar(arma::quantile(arma::vec(values), arma::vec{share}));
}

double percentile_of(const std::vector<double>& values, double x) {
  const auto below = std::count_if(values.begin(), values.end(), [x](double v) { return v < x; });
  return 100.0 * static_cast<double>(below) / static_cast<double>(values.size());
}

double geometric_growth(const std::vector<double>& run) {
  if (run.size() < 2) return 1;
  return std::pow(run.back() / run.front(), 1.0 / static_cast<double>(run.size() - 1));
}

double slope(const std::vector<double>& run) {
  if (run.size() < 2) return 0;
  return (run.back() - run.front()) / static_cast<double>(run.size() - 1);
}

double exponent(const Curve& curve) {
  const arma::vec x = arma::log(arma::vec(curve.x)), y = arma::log(arma::vec(curve.median()));
  return arma::as_scalar(arma::cov(x, y)) / arma::var(x);
}

std::vector<double> one_to(std::size_t n) {
  std::vector<double> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 1.0);
  return numbers;
}

std::vector<double> map(const std::vector<double>& xs, const std::function<double(double)>& f) {
  std::vector<double> ys;
  for (double x : xs) ys.push_back(f(x));
  return ys;
}

}  // namespace evenkeel::lesson
