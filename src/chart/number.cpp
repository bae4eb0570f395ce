#include "evenkeel/chart/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "evenkeel/chart/cell.hpp"

namespace evenkeel {
namespace {

// The exponent of the number once it is rounded: 9.996 to three digits is 10.0, so 1.
int rounded_exponent(double value, int significant) {
  const std::string text = fmt::format("{:.{}e}", value, significant - 1);
  return std::atoi(text.c_str() + text.find('e') + 1);
}

bool needs_exponent(double value) {
  const double size = std::abs(value);
  return size != 0 && (size < 1e-5 || size >= 1e10);
}

std::string with_commas(std::string number) {
  const std::size_t first = number[0] == '-' ? 1 : 0;
  const std::size_t point = std::min(number.find('.'), number.size());
  for (std::size_t i = point; i > first + 3; i -= 3) number.insert(i - 3, 1, ',');
  return number;
}

}  // namespace

Digits Digits::at_most_significant(int count) const {
  if (significant_ > 0) return significant(std::min(significant_, count));
  return decimals(std::min(decimals_, count));
}

int Digits::decimals_for(double value) const {
  if (significant_ < 0) return decimals_;
  if (value == 0) return 0;
  return std::max(0, significant_ - 1 - rounded_exponent(value, significant_));
}

int Digits::mantissa_decimals() const {
  return significant_ > 0 ? significant_ - 1 : decimals_;
}

std::string format_number(double value, Digits digits) {
  if (!std::isfinite(value)) return shortest(value);
  if (needs_exponent(value)) return fmt::format("{:.{}e}", value, digits.mantissa_decimals());
  return with_commas(fmt::format("{:.{}f}", value, digits.decimals_for(value)));
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
  for (char digit : std::to_string(std::abs(exponent))) text += raised[digit - '0'];
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
