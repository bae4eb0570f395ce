#include "range.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "evenkeel/chart/number.hpp"

namespace evenkeel::detail {
namespace {

// What gnuplot can still add up and take the logarithm of.
constexpr double largest_end = 4e307;
constexpr double least_log_end = 1e-300, largest_log_end = 1e300;

// The smallest of 1, 2, 5 times a power of ten that cuts `span` into at most `most` steps.
double nice_step(double span, int most) {
  const double rough = span / most;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

// "0.1" reads faster than 10⁻¹, but "100000" slower than 10⁵.
bool reads_plain(double low, double high) {
  return low >= 1e-3 && high <= 1e4;
}

double step_of(const Range& range, int most) {
  return std::max(nice_step(range.high - range.low, most), range.whole ? 1.0 : 0.0);
}

// As many digits as it takes to tell ticks `step` apart.
std::string format_of(const Range& range, double step) {
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  if (largest < 1e6 && decimals <= 4) return fmt::format("%.{}f", decimals);
  const double digits = std::ceil(std::log10(largest) - std::log10(step)) + 1;
  return fmt::format("%.{}h", std::clamp(static_cast<int>(digits), 1, 17));
}

std::string tick_list(const std::string& name, const std::vector<double>& values,
                      const std::string& format) {
  std::vector<std::string> ticks;
  for (double value : values) ticks.push_back(shortest(value));
  return fmt::format("set format {0} '{1}'\nset {0}tics ({2})\n", name, format,
                     fmt::join(ticks, ", "));
}

// Whether the labels have room beside one another, on an axis of `most` labels of some 7 letters.
bool have_room(const std::vector<double>& values, const Range& range, int most) {
  double free_from = -1;
  for (double value : values) {
    const double letters = static_cast<double>(shortest(value).size());
    const double half = (letters / 2 + 0.3) / (5.5 * most);
    if (letters > 7 || range.share(value) - half < free_from) return false;
    free_from = range.share(value) + half;
  }
  return true;
}

// 1, 2, 5, 10, … or only the powers of ten, of a range that reads plain: at most some dozen.
std::vector<double> plain_ticks(const Range& range, bool decades) {
  std::vector<double> ticks;
  for (int exponent = -4; exponent <= 4; ++exponent) {
    for (double digit : {1.0, 2.0, 5.0}) {
      const double power = std::pow(10, std::abs(exponent));
      const double at = exponent < 0 ? digit / power : digit * power;
      if (at >= range.low && at <= range.high && (digit == 1 || !decades)) ticks.push_back(at);
    }
  }
  return ticks;
}

// Steps as on a linear axis, where the range is too short for three of 1, 2, 5.
std::string short_log_ticks(const std::string& name, const Range& range, int most) {
  const double step = step_of(range, most), first = std::ceil(range.low / step);
  std::vector<double> ticks;
  for (int i = 0; i <= most; ++i) {
    if ((first + i) * step <= range.high) ticks.push_back((first + i) * step);
  }
  return tick_list(name, ticks, format_of(range, step));
}

std::string decade_ticks(const std::string& name, const Range& range, int most,
                         const char* powers) {
  const double first = std::log10(range.low), decades = std::log10(range.high) - first;
  int step = 1;
  for (int candidate : {1, 2, 3, 5, 10, 20, 50, 100, 200}) {
    step = candidate;
    if (decades / step <= most) break;
  }
  // The small ticks between decades tell the eye that the axis is logarithmic.
  const char* minor = decades < 6 && step == 1 ? "" : "un";
  return fmt::format("set format {0} '{1}'\nset {0}tics 1e{2},1e{3}\n{4}set m{0}tics{5}\n", name,
                     powers, step * static_cast<int>(std::ceil(first / step - 1e-9)), step, minor,
                     *minor == '\0' ? " 10" : "");
}

std::string log_ticks(const std::string& name, const Range& range, int most, const char* powers,
                      const std::vector<double>& measured) {
  constexpr std::size_t most_measured = 10;
  constexpr int most_fine = 8;
  const bool few = measured.size() >= 3 && measured.size() <= most_measured;
  if (few && have_room(measured, range, most)) return tick_list(name, measured, "%.10g");
  const bool plain = reads_plain(range.low, range.high);
  const std::vector<double> fine = plain_ticks(range, false), tens = plain_ticks(range, true);
  const double decades = std::log10(range.high) - std::log10(range.low);
  if (decades < 1.3 && (!plain || fine.size() < 3)) return short_log_ticks(name, range, most);
  if (plain && static_cast<int>(fine.size()) <= std::min(most, most_fine))
    return tick_list(name, fine, "%g");
  if (plain && tens.size() >= 2 && tens.size() <= 3) return tick_list(name, tens, "%g");
  return decade_ticks(name, range, most, powers);
}

}  // namespace

bool Extent::shows(double value) const {
  return std::isfinite(value) && (!log_ || value > 0);
}

void Extent::include(double value) {
  if (!shows(value)) return;
  low_ = std::min(low_, value);
  high_ = std::max(high_, value);
  whole_ = whole_ && value == std::floor(value);
}

void Extent::include(const std::vector<double>& values) {
  for (double value : values) include(value);
}

double Range::share(double value) const {
  const double place =
      log ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return place > 0 ? std::min(place, 1.0) : 0;  // 0 for NaN
}

void widen_if_flat(double& low, double& high) {
  const double size = std::max(std::abs(low), std::abs(high));
  constexpr double tiny = 1e-290;
  if (high - low > std::max(1e-13 * size, tiny)) return;
  const double room = size < tiny ? 0.5 : 0.1 * size;
  low -= room;
  high += room;
}

Range range_of(const Extent& extent, const Chart::AxisSetting& setting, double padding) {
  Range range{extent.low_, extent.high_, extent.log_, extent.whole_};
  const double least = range.log ? least_log_end : -largest_end;
  const double most = range.log ? largest_log_end : largest_end;
  if (!(range.low <= range.high))
    range = {range.log ? 0.1 : 0.0, range.log ? 10.0 : 1.0, range.log, false};
  if (setting.low && (!range.log || *setting.low > 0)) range.low = *setting.low;
  if (setting.high && (!range.log || *setting.high > 0)) range.high = *setting.high;
  range.low = std::clamp(range.low, least, most);
  range.high = std::clamp(range.high, least, most);
  if (range.high < range.low)
    (setting.low ? range.high : range.low) = setting.low ? range.low : range.high;
  if (!range.log) {
    widen_if_flat(range.low, range.high);
  } else if (range.high <= (1 + 1e-13) * range.low) {
    range.low /= 1.1;
    range.high *= 1.1;
  }
  const double span =
      range.log ? std::log10(range.high) - std::log10(range.low) : range.high - range.low;
  if (range.log) {
    if (!setting.low) range.low /= std::pow(10, padding * span);
    if (!setting.high) range.high *= std::pow(10, padding * span);
    range.low = std::clamp(range.low, least, most);
    range.high = std::clamp(range.high, least, most);
  } else {
    if (!setting.low) range.low -= padding * span;
    if (!setting.high) range.high += padding * span;
  }
  return range;
}

std::string axis_commands(const std::string& name, const Range& range, int most, const char* powers,
                          const std::vector<double>& measured) {
  std::string text =
      fmt::format("set {}range [{}:{}]\n", name, shortest(range.low), shortest(range.high));
  if (!range.log) {
    const double step = step_of(range, most);
    return text + fmt::format("set format {0} '{1}'\nset {0}tics {2}\n", name,
                              format_of(range, step), shortest(step));
  }
  return text + fmt::format("set logscale {} 10\n", name) +
         log_ticks(name, range, most, powers, measured);
}

}  // namespace evenkeel::detail
