// Ends and ticks of an axis. gnuplot places the ticks; how many have room it does not ask.

#include <algorithm>

#include "script.hpp"

namespace evenkeel::detail {
namespace {

// The smallest of 1, 2, 5 times a power of ten that cuts the range into at most `most` steps; a
// smaller one if only one label would be in sight, which tells no scale.
double step_of(double low, double high, double most, bool whole) {
  double step = 0;
  do {
    const double rough = (high - low) / most;
    step = std::pow(10, std::floor(std::log10(rough)));
    for (double factor : {2.0, 2.5, 2.0}) {
      if (step < rough * (1 - 1e-9)) step *= factor;
    }
    most *= 1.5;
  } while (std::floor(high / step) - std::ceil(low / step) < 1);
  return std::max(step, whole ? 1.0 : 0.0);
}

// Whether values can be labels beside one another, on an axis of `most` labels of some 7 letters.
bool label_themselves(const std::vector<double>& values, const Range& range, double most) {
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::size_t longer =
        std::max(fmt::formatted_size("{}", values[i - 1]), fmt::formatted_size("{}", values[i]));
    const double room = (static_cast<double>(longer) + 0.6) / (5.5 * most);
    if (longer > 7 || range.share(values[i]) - range.share(values[i - 1]) < room) return false;
  }
  return values.size() >= 3 && values.size() <= 10;
}

}  // namespace

void Range::include(const std::vector<double>& values) {
  for (double value : values) {
    if (!shows(value)) continue;
    low = std::min(low, place(value));
    high = std::max(high, place(value));
    whole = whole && value == std::floor(value);
  }
}

double Range::share(double value) const {
  const double share = (place(value) - low) / (high - low);
  return share > 0 ? std::min(share, 1.0) : 0;  // 0 for NaN
}

void widen_if_flat(double& low, double& high) {
  const double size = std::max(std::abs(low), std::abs(high));
  constexpr double tiny = 1e-290;
  if (high - low > std::max(1e-13 * size, tiny)) return;
  const double room = size < tiny ? 0.5 : 0.1 * size;
  low -= room;
  high += room;
}

void Range::finish(const Chart::AxisSetting& setting, double below, double above) {
  const bool fixed = setting.low && shows(*setting.low) && shows(*setting.high);
  if (fixed) low = place(*setting.low), high = place(*setting.high), below = above = 0;
  if (low > high) low = log ? -1 : 0, high = 1, whole = false;  // nothing to show
  // What gnuplot can still add up and take the logarithm of.
  const double most = log ? 300 : 4e307;
  low = std::clamp(low, -most, most), high = std::clamp(high, -most, most);
  widen_if_flat(low, high);
  const double size = high - low;
  low = std::max(low - below * size, -1.01 * most);
  high = std::min(high + above * size, 1.01 * most);
}

std::string Range::commands(const std::string& name, double room, bool in_letters,
                            const std::vector<double>& measured) const {
  const double from = value(low), to = value(high), decades = high - low;
  const double most = std::max(std::floor(room), 2.0);
  const bool plain = from >= 1e-3 && to <= 1e4, fine = plain && 3 * decades <= std::min(room, 8.0);
  const double powers_of_ten = std::floor(high + 1e-9) - std::ceil(low - 1e-9) + 1;
  std::string format = "%.10g", places = "(0)", more;
  if (log && label_themselves(measured, *this, most)) {
    places = fmt::format("({})", fmt::join(measured, ", "));
  } else if (log && ((fine && decades > 0.8) || (decades >= 1.3 && powers_of_ten < 2))) {
    if (!plain) format = in_letters ? "%.0e" : "%.1h";
    more = fmt::format("set for [e={:.0f}:{:.0f}] for [d in '{}'] {}tics add (d*10.0**e)\n",
                       std::floor(low), std::floor(high), fine ? "1 2 5" : "1 3", name);
  } else if (log && decades >= 1.3) {
    const double step = std::ceil(decades / most);
    if (!plain || decades > 3.4) format = in_letters ? "1e%T" : "10^{%T}";
    places = fmt::format("1e{:.0f},1e{:.0f}", step * std::ceil(low / step - 1e-9), step);
    if (step > 1) more = fmt::format("unset m{}tics\n", name);
  } else {
    const double step = step_of(from, to, most, whole && !log);
    // As many digits as it takes to tell ticks `step` apart.
    const double largest = std::max(std::abs(from), std::abs(to));
    const double decimals = std::max(0.0, -std::floor(std::log10(step) + 1e-9));
    const double digits = std::clamp(std::ceil(std::log10(largest / step)) + 1, 1.0, 17.0);
    format = largest < 1e6 && decimals <= 4 ? fmt::format("%.{:.0f}f", decimals)
                                            : fmt::format("%.{:.0f}h", digits);
    more = fmt::format("set for [i=0:{:.0f}] {}tics add (({:.0f}.0+i)*{})\n",
                       std::ceil((to - from) / step), name, std::ceil(from / step), step);
  }
  return fmt::format("set {0}range [{1}:{2}]\n{3}set format {0} '{4}'\nset {0}tics {5}\n{6}", name,
                     from, to, log ? fmt::format("set logscale {} 10\n", name) : "", format, places,
                     more);
}

}  // namespace evenkeel::detail
