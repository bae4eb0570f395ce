#pragma once
// What a lesson measured: one tidy record of (quantity, series, seed, x) → value, from which its
// table, claims, titles, charts and CSV file are all made.
//
//   const Quantity stream{"stream", "block", "mean square of the residual stream"};
//   record.add(stream, "pre", l, mean_square(x));                    // while measuring one seed
//   const double slope = mean_of(record.of(stream, "pre").each(…));  // afterwards, over the seeds

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/table.hpp"
#include "evenkeel/chart/chart.hpp"

namespace evenkeel::lesson {

// --- numbers -------------------------------------------------------------------------------------

double mean_of(const std::vector<double>& values);
double median_of(const std::vector<double>& values);
double quantile_of(const std::vector<double>& values, double share);
/// The share of the values, in percent, that lie below x.
double percentile_of(const std::vector<double>& values, double x);

/// (last / first)^(1/steps): the growth per layer, on average over the stack. 1 for one layer.
double geometric_growth(const std::vector<double>& run);
/// (last − first) / steps: what a layer adds, on average over the stack. 0 for one layer.
double slope(const std::vector<double>& run);
/// 1, 2, …, n: layers, as the x of a chart.
std::vector<double> one_to(std::size_t n);
/// f at each x.
std::vector<double> map(const std::vector<double>& xs, const std::function<double(double)>& f);

// --- one record of it all ------------------------------------------------------------------------

/// How one series looks in every table and chart of a lesson.
struct Style {
  std::string name;   ///< "batch": on the command line and in CSV files
  std::string title;  ///< "BatchNorm"
  Colour colour;
};
using Styles = std::vector<Style>;

/// Something that is measured. Two quantities of one lesson differ by name.
struct Quantity {
  std::string name;  ///< "activation_std", in the CSV file
  std::string x;     ///< "layer": the axis along which it is measured
  std::string y;     ///< "σ of the activations"
};

/// Makes a number of several.
using Number = std::function<double(const std::vector<double>& values)>;

/// One series of one quantity: a run of values along x for each seed. A run that ended early
/// (a network that diverged) has NaN from there on.
struct Curve {
  std::vector<double> x;
  std::vector<std::vector<double>> runs;  ///< runs[seed][i] belongs to x[i]

  const std::vector<double>& first() const { return runs.front(); }
  /// Of all seeds: at x[i], at this x (throws Error if nothing was measured there), at the last.
  std::vector<double> at_index(std::size_t i) const;
  std::vector<double> at(double where) const;
  std::vector<double> last() const { return at_index(x.size() - 1); }
  /// A number at each x, made of what the seeds have there.
  std::vector<double> over_seeds(const Number& number) const;
  std::vector<double> mean() const { return over_seeds(mean_of); }
  std::vector<double> median() const { return over_seeds(median_of); }
  std::vector<double> quantile(double share) const {
    return over_seeds([share](const auto& values) { return quantile_of(values, share); });
  }
  /// A number for each seed, made of its run.
  std::vector<double> each(const Number& number) const;
};

/// The a of the median ~ x^a that fits best: the slope of its logarithm against ln x, by least
/// squares.
double exponent(const Curve& curve);

/// Which line stands for the seeds: the first of them, or a statistic over all.
enum class Line { first, mean, median };

class Record {
 public:
  /// The run of a seed grows by one value at its end.
  void add(const Quantity& quantity, const std::string& series, double x, double value);
  void add(const Quantity& quantity, const std::string& series, const std::vector<double>& xs,
           const std::vector<double>& values);
  /// The runs of `other` follow those that are here, series by series.
  void append(const Record& other);

  bool has(const Quantity& quantity, const std::string& series) const;
  /// Throws Error, naming both, if there is none.
  const Curve& of(const Quantity& quantity, const std::string& series) const;

  /// Every value: quantity, series, seed (from first_seed), x, value.
  void write(CsvWriter& csv, std::uint64_t first_seed) const;

 private:
  struct Series {
    std::string quantity, name;
    Curve curve;
  };
  const Series* find(const std::string& quantity, const std::string& name) const;
  Series& place(const std::string& quantity, const std::string& name);

  std::vector<Series> series_;  // in the order in which they came
};

/// A chart of these series, each with its band where there are several seeds; series of which
/// nothing was measured are left out. Its title is the quantity's `y` until another is given.
Chart chart_of(const Record& record, const Quantity& quantity, const Styles& styles,
               Line line = Line::median, Axis y = Axis::log);

/// Gives every panel the same y axis, from the least to the greatest of what they draw.
void share_y(Figure& figure);

/// A row for each series, a column for each x, in each cell number(values over the seeds), whose
/// meaning is the title.
Chart heat_map_of(const Record& record, const Quantity& quantity, const Styles& styles,
                  const std::string& meaning, const Number& number);

/// A dashed line through f at each x.
void add_theory(Chart& chart, const std::string& name, const std::vector<double>& xs,
                const std::function<double(double x)>& f);

/// What chart_of draws as a table, a row for each x; of more than `rows` every second, third, …
/// and the last.
void print_table(const Record& record, const Quantity& quantity, const Styles& styles,
                 Line line = Line::median, std::size_t rows = 12);

/// "band", "histogram", "theory", "line", "points" or "vertical": in CSV files and in run.json.
const char* name_of(Chart::Kind kind);

/// Writes every point of every panel: panel, kind, series, x, y and, for a band, its upper end; and
/// every cell of a heat map, its row as series and its column as x. False, and nothing is written,
/// where there is none: cells that are no heat map.
bool write_figure(const std::filesystem::path& path, const Figure& figure);

// --- what has a name: styles, norms, placements, a lesson's own cases ----------------------------

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const Named& one : all) names.push_back(one.name);
  return names;
}

/// Throws Error for a name that none has.
template <class Named>
const Named& by_name(const std::vector<Named>& all, const std::string& name) {
  for (const Named& one : all) {
    if (one.name == name) return one;
  }
  fail("by_name", fmt::format("there is no '{}'", name));
}

/// The styles of those that have these names, in the names' order.
template <class Named>
Styles choose(const std::vector<Named>& all, const std::vector<std::string>& names) {
  Styles chosen;
  for (const std::string& name : names) chosen.push_back(by_name(all, name));
  return chosen;
}

}  // namespace evenkeel::lesson
