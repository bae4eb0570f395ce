#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "evenkeel/base/file.hpp"

/// \file
/// Numbers in rows: as a person reads them in a terminal, and as a program reads them in a file.
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

/// One entry of a row: text, a whole number or a number. Made from any of them, so that a row reads
/// `{0, "no norm", 2.37}`.
class Cell {
 public:
  template <std::convertible_to<std::string_view> Text>
  Cell(const Text& text) : value_(std::string(std::string_view(text))) {}
  Cell(double number) : value_(number) {}
  Cell(float number) : value_(number) {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>) Cell(Integer number)
      : value_(static_cast<long long>(number)) {}

  bool is_text() const { return std::holds_alternative<std::string>(value_); }
  /// As it stands in a file, or in a table with so many digits. Whole numbers stay whole.
  std::string exact() const;
  std::string shown(Digits digits) const;

 private:
  std::variant<std::string, long long, double, float> value_;
};

/// The title of a table's column and how its numbers are shown.
struct Column {
  template <std::convertible_to<std::string> Text>
  Column(Text title, Digits digits = Digits::significant(3))
      : title(std::move(title)), digits(digits) {}

  std::string title;
  Digits digits;
};

/// A table for the terminal: numbers aligned on the decimal point, text to the left.
///
///     Table table{{"layer", "no norm", {"BatchNorm", Digits::decimals(3)}}};
///     table.row({0, 2.31, 0.584}).row({9, 24871.4, 0.597});
///     table.print();
///
///       layer    no norm  BatchNorm
///           0       2.31      0.584
///           9  24,871         0.597
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Throws Error if there are not as many cells as columns.
  Table& row(std::vector<Cell> cells);

  /// The table in at most `width` columns of a terminal: a note below it names the columns at the
  /// right that have no room.
  std::string text(std::size_t width = std::string::npos) const;

  /// Writes the table to `stream`: as wide as its terminal, or in full into a pipe or a file.
  void print(std::FILE* stream = stdout) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// Writes a CSV file row by row: RFC 4180 quoting, "\n" at line ends, numbers in the shortest form
/// that reads back as the same double or float ("nan" and "inf" for what is no number).
///
///     CsvWriter csv(out / "seeds.csv", {"seed", "norm", "geometric_growth"});
///     csv.row({46, "none", 2.79});
///     csv.close();
class CsvWriter {
 public:
  /// Throws Error if the file cannot be created.
  CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns);

  /// Throws Error if there are not as many cells as columns, or the disk is full.
  CsvWriter& row(const std::vector<Cell>& cells);

  /// Puts the file in its place. Until then, and if an error comes first, there is no file.
  void close() { file_.commit(); }

 private:
  std::filesystem::path path_;
  FileWriter file_;
  std::size_t columns_;
};

}  // namespace evenkeel
