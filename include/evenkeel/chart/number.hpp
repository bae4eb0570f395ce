#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <variant>

/// \file
/// Numbers as a person reads them: 46,932.86 and 10³.
namespace evenkeel {

/// How many digits of a number to show.
class Digits {
 public:
  /// At least `count` digits that carry information; the integer part is never rounded away:
  /// with 3 digits 0.5838 is "0.584" and 24871.4 is "24,871".
  static Digits significant(int count) { return {count, -1}; }
  /// Exactly `count` digits after the point.
  static Digits decimals(int count) { return {-1, count}; }

  /// The same or fewer digits.
  Digits at_most_significant(int count) const;

 private:
  friend std::string format_number(double value, Digits digits);
  Digits(int significant, int decimals) : significant_(significant), decimals_(decimals) {}

  int significant_;
  int decimals_;
};

/// "46,932.86": thousands separated by commas; "1.23e-07" below 1e-5 and from 1e10 on;
/// "nan", "inf", "-inf" for what is no number.
std::string format_number(double value, Digits digits = Digits::significant(3));

/// The shortest text that reads back as the same double, for files: "0.1", "46932.86", "1e+22".
std::string shortest(double value);

/// One entry of a table or a CSV file: text, a whole number or a number. Made from any of them, so
/// that a row reads `{0, "no norm", 2.37}`.
class Cell {
 public:
  Cell(const char* text) : value_(std::string(text)) {}
  Cell(std::string_view text) : value_(std::string(text)) {}
  Cell(std::string text) : value_(std::move(text)) {}
  Cell(double number) : value_(number) {}
  /// A float is taken for the number it prints as: 0.1f is 0.1 and not 0.10000000149.
  Cell(float number);
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>) Cell(Integer number)
      : value_(static_cast<long long>(number)) {}

  bool is_text() const { return std::holds_alternative<std::string>(value_); }
  bool is_integer() const { return std::holds_alternative<long long>(value_); }

  const std::string& text() const { return std::get<std::string>(value_); }
  long long integer() const { return std::get<long long>(value_); }
  /// The number, whole or not.
  double number() const;

 private:
  std::variant<std::string, long long, double> value_;
};

/// "10³", "10⁻¹²"
std::string power_of_ten(int exponent);

}  // namespace evenkeel
