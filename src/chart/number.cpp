#include "evenkeel/chart/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/text.hpp"

namespace evenkeel {

Digits Digits::at_most_significant(int count) const {
  return {std::min(significant_, count), std::min(decimals_, count)};
}

std::string format_number(double value, Digits digits) {
  if (!std::isfinite(value)) return shortest(value);
  const double size = std::abs(value);
  const bool exponent = size != 0 && (size < 1e-5 || size >= 1e10);
  int decimals = digits.decimals_;
  if (decimals < 0) {
    const std::string rounded = fmt::format("{:.{}e}", value, digits.significant_ - 1);
    if (exponent) return rounded;
    // Of the number once it is rounded: 9.996 to three digits is 10.0, so 1.
    const int power = std::atoi(rounded.c_str() + rounded.find('e') + 1);
    decimals = value == 0 ? 0 : std::max(0, digits.significant_ - 1 - power);
  }
  if (exponent) return fmt::format("{:.{}e}", value, decimals);
  return text::with_commas(fmt::format("{:.{}f}", value, decimals));
}

std::string shortest(double value) {
  if (std::isnan(value)) return "nan";  // a NaN may carry a sign
  std::string text = fmt::format("{}", value);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) text.resize(text.size() - 2);
  return text;
}

std::string power_of_ten(int exponent) {
  static constexpr const char* raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (char digit : std::to_string(std::abs(exponent))) {
    text += raised[digit - '0'];
  }
  return text;
}

Cell::Cell(float number) : value_(static_cast<double>(number)) {
  const std::string text = fmt::format("{}", number);
  std::from_chars(text.data(), text.data() + text.size(), std::get<double>(value_));
}

double Cell::number() const {
  return is_integer() ? static_cast<double>(integer()) : std::get<double>(value_);
}

}  // namespace evenkeel
