#include "range.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "evenkeel/chart/number.hpp"

namespace evenkeel::detail {
namespace {

// The smallest of 1, 2, 5 times a power of ten that cuts the range into at most `most` steps.
double step_of(const Range& range, int most) {
  const double rough = (range.high - range.low) / most;
  double step = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {2.0, 2.5, 2.0}) {
    if (step < rough * (1 - 1e-9)) step *= factor;
  }
  return std::max(step, range.whole ? 1.0 : 0.0);
}

// As many digits as it takes to tell ticks `step` apart.
std::string format_of(const Range& range, double step) {
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  if (largest < 1e6 && decimals <= 4) return fmt::format("%.{}f", decimals);
  const double digits = std::ceil(std::log10(largest) - std::log10(step)) + 1;
  return fmt::format("%.{}h", std::clamp(static_cast<int>(digits), 1, 17));
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

// The multiples of `digits` and a power of ten within a range, for exponents from -3 to 4.
std::vector<double> plain_ticks(const Range& range, const std::vector<double>& digits) {
  std::vector<double> ticks;
  for (int exponent = -3; exponent <= 4; ++exponent) {
    const double power = std::pow(10, std::abs(exponent));
    for (double digit : digits) {
      const double at = exponent < 0 ? digit / power : digit * power;
      if (at >= range.low && at <= range.high) ticks.push_back(at);
    }
  }
  return ticks;
}

// Values that label a logarithmic axis in plain numbers; none where powers of ten read better.
std::vector<double> log_ticks(const Range& range, int most, const std::vector<double>& measured) {
  const bool few = measured.size() >= 3 && measured.size() <= 10;
  if (few && have_room(measured, range, most)) return measured;
  const bool plain = range.low >= 1e-3 && range.high <= 1e4;
  const std::vector<double> fine = plain_ticks(range, {1, 2, 5}), tens = plain_ticks(range, {1});
  const auto fine_count = static_cast<int>(fine.size());
  if (range.high < 20 * range.low && (!plain || fine_count < 3)) {  // steps, as on a linear axis
    const double step = step_of(range, most), first = std::ceil(range.low / step);
    std::vector<double> steps;
    for (int i = 0; i <= most; ++i) {
      if ((first + i) * step <= range.high) steps.push_back((first + i) * step);
    }
    return steps;
  }
  if (plain && fine_count <= std::min(most, 8)) return fine;
  if (plain && tens.size() >= 2 && tens.size() <= 3) return tens;
  return {};
}

// A power of ten at each tick, every `step` decades.
std::string decade_ticks(const std::string& name, const Range& range, int most,
                         const char* powers) {
  const double first = std::log10(range.low), decades = std::log10(range.high) - first;
  int step = 1;
  for (int wider : {2, 3, 5, 10, 20, 50, 100, 200}) {
    if (decades / step > most) step = wider;
  }
  // The small ticks between decades tell the eye that the axis is logarithmic.
  const bool minor = decades < 6 && step == 1;
  return fmt::format("set format {0} '{1}'\nset {0}tics 1e{2},1e{3}\n{4} m{0}tics {5}\n", name,
                     powers, step * static_cast<int>(std::ceil(first / step - 1e-9)), step,
                     minor ? "set" : "unset", minor ? "10" : "");
}

}  // namespace

void Range::include(double value) {
  if (!shows(value)) return;
  low = std::min(low, value);
  high = std::max(high, value);
  whole = whole && value == std::floor(value);
}

void Range::include(const std::vector<double>& values) {
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

void Range::finish(const Chart::AxisSetting& setting, double padding) {
  if (low > high) {  // nothing to show
    low = log ? 0.1 : 0, high = log ? 10 : 1;
    whole = false;
  }
  if (setting.low && (!log || *setting.low > 0)) low = *setting.low;
  if (setting.high && (!log || *setting.high > 0)) high = *setting.high;
  // What gnuplot can still add up and take the logarithm of.
  const double least = log ? 1e-300 : -4e307, most = log ? 1e300 : 4e307;
  low = std::clamp(low, least, most), high = std::clamp(high, least, most);
  if (high < low) (setting.low ? high : low) = setting.low ? low : high;
  if (!log) {
    widen_if_flat(low, high);
  } else if (high <= (1 + 1e-13) * low) {
    low /= 1.1, high *= 1.1;
  }
  const double room = padding * (log ? std::log10(high / low) : high - low);
  if (!setting.low) low = log ? std::max(low / std::pow(10, room), least) : low - room;
  if (!setting.high) high = log ? std::min(high * std::pow(10, room), most) : high + room;
}

std::string Range::commands(const std::string& name, int most, const char* powers,
                            const std::vector<double>& measured) const {
  const std::string range =
      fmt::format("set {}range [{}:{}]\n{}", name, shortest(low), shortest(high),
                  log ? "set logscale " + name + " 10\n" : "");
  const std::string format = fmt::format("set format {} '{{}}'\nset {}tics ", name, name);
  if (!log) {
    const double step = step_of(*this, most);
    return range + fmt::format(fmt::runtime(format), format_of(*this, step)) + shortest(step) +
           "\n";
  }
  const std::vector<double> ticks = log_ticks(*this, most, measured);
  if (ticks.empty()) return range + decade_ticks(name, *this, most, powers);
  std::string values;
  for (double tick : ticks) values += (values.empty() ? "" : ", ") + shortest(tick);
  return range + fmt::format(fmt::runtime(format), "%.10g") + "(" + values + ")\n";
}

}  // namespace evenkeel::detail
