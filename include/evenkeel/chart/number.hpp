#pragma once

#include <string>

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

/// "10³", "10⁻¹²"
std::string power_of_ten(int exponent);

}  // namespace evenkeel
