#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "evenkeel/chart/number.hpp"

namespace evenkeel {

/// The title of a table's column and how its numbers are shown. Whole numbers are shown whole.
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

}  // namespace evenkeel
