#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/base/file.hpp"
#include "evenkeel/chart/number.hpp"

namespace evenkeel {

/// Writes a CSV file row by row: RFC 4180 quoting, "\n" at line ends, numbers in the shortest form
/// that reads back as the same double ("nan" and "inf" for what is no number).
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
