#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <variant>

/// \file
/// Numbers as a person reads them: 46,932.86.
namespace evenkeel {

/// How many digits of a number to show.
struct Digits {
  /// At least `count` digits that carry information; the integer part is never rounded away:
  /// with 3 digits 0.5838 is "0.584" and 24871.4 is "24,871".
  static Digits significant(int count) { return {count, false}; }
  /// Exactly `count` digits after the point.
  static Digits decimals(int count) { return {count, true}; }

  int count;
  bool after_the_point;
};

/// "46,932.86": thousands separated by commas; "1.23e-07" below 1e-5 and from 1e10 on;
/// "nan", "inf", "-inf" for what is no number.
std::string format_number(double value, Digits digits = Digits::significant(3));

/// The shortest text that reads back as the same double, for files: "0.1", "46932.86", "1e+22".
std::string shortest(double value);

/// One entry of a table or a CSV file: text, a whole number or a number. Made from any of them, so
/// that a row reads `{0, "no norm", 2.37}`. A float is the number it prints as, 0.1 for 0.1f.
class Cell {
 public:
  template <std::convertible_to<std::string_view> Text>
  Cell(const Text& text) : value_(std::string(std::string_view(text))) {}
  Cell(double number) : value_(number) {}
  Cell(float number);
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>) Cell(Integer number)
      : value_(static_cast<long long>(number)) {}

  bool is_text() const { return std::holds_alternative<std::string>(value_); }
  /// As it stands in a file, or in a table with so many digits. Whole numbers stay whole.
  std::string exact() const;
  std::string shown(Digits digits) const;

 private:
  std::variant<std::string, long long, double> value_;
};

}  // namespace evenkeel
