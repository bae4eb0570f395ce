#include "evenkeel/chart/number.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/text.hpp"

namespace evenkeel {

std::string format_number(double value, Digits digits) {
  if (!std::isfinite(value)) return shortest(value);
  const double size = std::abs(value);
  int decimals = digits.after_the_point ? digits.count : digits.count - 1;
  const std::string rounded = fmt::format("{:.{}e}", value, decimals);
  if (size != 0 && (size < 1e-5 || size >= 1e10)) return rounded;
  if (!digits.after_the_point) {
    // Of the number once it is rounded: 9.996 to three digits is 10.0, so 1.
    const int power = std::atoi(rounded.c_str() + rounded.find('e') + 1);
    decimals = value == 0 ? 0 : std::max(0, decimals - power);
  }
  return text::with_commas(fmt::format("{:.{}f}", value, decimals));
}

std::string shortest(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);  // a NaN may carry a sign
}

Cell::Cell(float number) : value_(0.0) {
  text::read_number(fmt::format("{}", number), std::get<double>(value_));
}

std::string Cell::exact() const {
  if (const auto* number = std::get_if<double>(&value_)) return shortest(*number);
  return is_text() ? std::get<std::string>(value_) : std::to_string(std::get<long long>(value_));
}

std::string Cell::shown(Digits digits) const {
  if (const auto* number = std::get_if<double>(&value_)) return format_number(*number, digits);
  return is_text() ? exact() : text::with_commas(exact());
}

}  // namespace evenkeel
