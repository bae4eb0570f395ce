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

}  // namespace evenkeel
