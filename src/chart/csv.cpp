#include "evenkeel/chart/csv.hpp"

#include <boost/algorithm/string.hpp>

#include "base/fail.hpp"

namespace evenkeel {
namespace {

std::string csv_line(const std::vector<Cell>& cells) {
  std::string line;
  for (const Cell& cell : cells) {
    std::string text = cell.exact();
    if (text.find_first_of(",\"\r\n") != std::string::npos) {
      text = '"' + boost::replace_all_copy(text, "\"", "\"\"") + '"';
    }
    line += (&cell == cells.data() ? "" : ",") + text;
  }
  return line + "\n";
}

}  // namespace

CsvWriter::CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns)
    : path_(path), file_("csv", path), columns_(columns.size()) {
  file_.write(csv_line(std::vector<Cell>(columns.begin(), columns.end())));
}

CsvWriter& CsvWriter::row(const std::vector<Cell>& cells) {
  if (cells.size() != columns_) {
    fail("csv", "{}: a row must have {} cells, got {}", path_.string(), columns_, cells.size());
  }
  file_.write(csv_line(cells));
  return *this;
}

void CsvWriter::close() {
  file_.commit();
}

void write_csv(const std::filesystem::path& path, const std::vector<CsvColumn>& columns) {
  std::vector<std::string> names;
  for (const CsvColumn& column : columns) {
    names.push_back(column.name);
    if (column.values.size() != columns[0].values.size()) {
      fail("csv", "{}: column {} must have {} values like {}, got {}", path.string(), column.name,
           columns[0].values.size(), columns[0].name, column.values.size());
    }
  }
  CsvWriter csv(path, names);
  const std::size_t rows = columns.empty() ? 0 : columns[0].values.size();
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<Cell> cells;
    for (const CsvColumn& column : columns) cells.emplace_back(column.values[row]);
    csv.row(cells);
  }
  csv.close();
}

}  // namespace evenkeel
