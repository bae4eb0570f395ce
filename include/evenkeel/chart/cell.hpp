#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <variant>

namespace evenkeel {

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

}  // namespace evenkeel
