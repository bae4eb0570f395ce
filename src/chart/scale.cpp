#include "scale.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "evenkeel/chart/number.hpp"

namespace evenkeel::detail {
namespace {

// The smallest of 1, 2, 5 times a power of ten that cuts `span` into at most `most` steps.
double nice_step(double span, int most) {
  const double rough = span / most;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::string with_minus(std::string number) {
  if (number[0] == '-') number.replace(0, 1, "−");
  return number;
}

std::string tick_label(double value, double step, double largest) {
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  if (value == 0) return "0";
  if (largest < 1e6 && decimals <= 4)
    return with_minus(format_number(value, Digits::decimals(decimals)));
  const int exponent = static_cast<int>(std::floor(std::log10(largest)));
  const double mantissa = value / std::pow(10, exponent);
  return with_minus(fmt::format("{:.3g}", mantissa)) + "·" + power_of_ten(exponent);
}

std::vector<Tick> linear_ticks(double low, double high, int most, bool whole = false) {
  const double step = std::max(nice_step(high - low, most), whole ? 1.0 : 0.0);
  const double largest = std::max(std::abs(low), std::abs(high));
  std::vector<Tick> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (double i = first; i * step <= high + 1e-9 * step; ++i) {
    const double at = i == 0 ? 0 : i * step;
    ticks.push_back({at, tick_label(at, step, largest)});
  }
  return ticks;
}

// "0.1" reads faster than "10⁻¹", but "100000" slower than "10⁵".
bool reads_plain(double low, double high) {
  return low >= 1e-3 && high <= 1e4;
}

std::vector<Tick> decade_ticks(double low, double high, int most) {
  const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  int step = 1;
  for (int candidate : {1, 2, 3, 5, 10, 20, 50, 100}) {
    step = candidate;
    if ((last - first) / step + 1 <= most) break;
  }
  const bool plain = last - first <= 2 && reads_plain(std::pow(10, first), std::pow(10, last));
  std::vector<Tick> ticks;
  for (int e = first; e <= last; ++e) {
    const double at = std::pow(10, e);
    const std::string label = plain ? tick_label(at, at, at) : power_of_ten(e);
    ticks.push_back({at, e % step == 0 ? label : ""});
  }
  // The small ticks between decades tell the eye that the axis is logarithmic.
  for (int e = first - 1; step == 1 && last - first <= 5 && e <= last; ++e)
    for (int digit = 2; digit <= 9; ++digit) {
      const double at = digit * std::pow(10, e);
      if (at >= low && at <= high) ticks.push_back({at, ""});
    }
  return ticks;
}

std::vector<Tick> one_two_five_ticks(double low, double high) {
  std::vector<Tick> ticks;
  const int first = static_cast<int>(std::floor(std::log10(low)));
  for (int e = first; std::pow(10, e) <= high; ++e)
    for (double digit : {1.0, 2.0, 5.0}) {
      const double at = digit * std::pow(10, e);
      if (at >= low && at <= high) ticks.push_back({at, tick_label(at, std::pow(10, e), high)});
    }
  return ticks;
}

std::ptrdiff_t labelled(const std::vector<Tick>& ticks) {
  return std::count_if(ticks.begin(), ticks.end(), [](const Tick& t) { return !t.label.empty(); });
}

// 1, 2, 5, 10, … where there is room for them, which is up to some two decades; else the decades.
std::vector<Tick> log_ticks(double low, double high, int most) {
  constexpr int most_fine = 8;
  const std::vector<Tick> fine = one_two_five_ticks(low, high);
  if (fine.size() < 3) return linear_ticks(low, high, most);
  const bool fits = static_cast<int>(fine.size()) <= std::min(most, most_fine);
  if (fits && reads_plain(low, high)) return fine;
  const std::vector<Tick> decades = decade_ticks(low, high, most);
  return labelled(decades) >= 2 ? decades : fine;
}

void pad_linear(Scale& scale, Padding padding) {
  const double span = scale.high - scale.low;
  // An axis that almost reaches zero may as well begin there.
  const bool near_zero = scale.low >= 0 && scale.low < 0.35 * scale.high && padding.low > 0;
  scale.low = near_zero ? 0 : scale.low - padding.low * span;
  scale.high += padding.high * span;
}

void pad_log(Scale& scale, Padding padding) {
  const double span = std::log10(scale.high / scale.low);
  scale.low /= std::pow(10, padding.low * span);
  scale.high *= std::pow(10, padding.high * span);
}

}  // namespace

double Scale::share(double value) const {
  if (axis == Axis::linear) return (value - low) / (high - low);
  return std::log(value / low) / std::log(high / low);
}

bool Scale::shows(double value) const {
  return std::isfinite(value) && (axis == Axis::linear || value > 0);
}

void Extent::include(double value) {
  if (!std::isfinite(value) || (axis_ == Axis::log && value <= 0)) return;
  low_ = std::min(low_, value);
  high_ = std::max(high_, value);
  whole_ = whole_ && value == std::floor(value);
}

void Extent::include(const std::vector<double>& values) {
  for (double value : values) include(value);
}

Scale scale_for(const Chart::AxisSetting& setting, const Extent& extent, Padding padding,
                int most) {
  const bool log = setting.axis == Axis::log;
  Scale scale;
  scale.axis = setting.axis;
  scale.low = extent.empty() ? (log ? 0.1 : 0) : extent.low();
  scale.high = extent.empty() ? (log ? 10 : 1) : extent.high();
  if (scale.low == scale.high) {  // one value alone: some room around it
    const double room = scale.low == 0 ? 0.5 : 0.1 * std::abs(scale.low);
    scale.high += room;
    scale.low -= room;
  }
  log ? pad_log(scale, padding) : pad_linear(scale, padding);
  if (setting.low && (!log || *setting.low > 0)) scale.low = *setting.low;
  if (setting.high && (!log || *setting.high > 0)) scale.high = *setting.high;
  if (!(scale.low < scale.high)) scale.high = scale.low + (log ? 9 * scale.low : 1);
  scale.ticks = log ? log_ticks(scale.low, scale.high, most)
                    : linear_ticks(scale.low, scale.high, most, extent.whole());
  return scale;
}

}  // namespace evenkeel::detail
