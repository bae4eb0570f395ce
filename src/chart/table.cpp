#include "evenkeel/chart/table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/chart/terminal.hpp"
#include "evenkeel/chart/text.hpp"

namespace evenkeel {
namespace {

constexpr std::size_t gap = 2;  // columns before each column of the table

// A cell in two parts that meet at the decimal point, so that a column can align on it.
struct Printed {
  std::string left;
  std::string right;
};

struct PrintedColumn {
  std::string title;
  std::vector<Printed> cells;
  std::size_t left = 0, right = 0;  // the widest of each part
  bool numbers = false;

  std::size_t width() const { return std::max(display_width(title), left + right); }
};

Printed print_cell(const Cell& cell, Digits digits) {
  if (cell.is_text()) return {cell.text(), ""};
  // Whole numbers stay whole, however few digits the column shows.
  const std::string text =
      format_number(cell.number(), cell.is_integer() ? Digits::decimals(0) : digits);
  const std::size_t point = std::min(text.find_first_of(".e"), text.size());
  return {text.substr(0, point), text.substr(point)};
}

PrintedColumn print_column(const Column& column, const std::vector<std::vector<Cell>>& rows,
                           std::size_t index, Digits digits) {
  PrintedColumn printed;
  printed.title = column.title;
  for (const std::vector<Cell>& row : rows) {
    const Cell& cell = row[index];
    printed.cells.push_back(print_cell(cell, digits));
    printed.left = std::max(printed.left, display_width(printed.cells.back().left));
    printed.right = std::max(printed.right, display_width(printed.cells.back().right));
    printed.numbers = printed.numbers || !cell.is_text();
  }
  return printed;
}

std::size_t total_width(const std::vector<PrintedColumn>& columns) {
  std::size_t width = 0;
  for (const PrintedColumn& column : columns) width += gap + column.width();
  return width;
}

std::string line_of(const std::vector<std::string>& entries, std::size_t width) {
  std::string line;
  for (const std::string& entry : entries) line += std::string(gap, ' ') + entry;
  line.erase(line.find_last_not_of(' ') + 1);
  return fit(line, width) + "\n";
}

std::string lines_of(const std::vector<PrintedColumn>& columns, std::size_t rows,
                     std::size_t width) {
  std::vector<std::string> entries;
  for (const PrintedColumn& column : columns)
    entries.push_back(column.numbers ? pad_left(column.title, column.width())
                                     : pad_right(column.title, column.width()));
  std::string text = line_of(entries, width);
  for (std::size_t row = 0; row < rows; ++row) {
    entries.clear();
    for (const PrintedColumn& column : columns) {
      const Printed& cell = column.cells[row];
      // Equal on the right of the point, so that what stands to the left of it lines up.
      const std::string aligned = cell.left + pad_right(cell.right, column.right);
      entries.push_back(column.numbers ? pad_left(aligned, column.width())
                                       : pad_right(cell.left, column.width()));
    }
    text += line_of(entries, width);
  }
  return text;
}

std::string note(const std::vector<std::string>& left_out, bool rounded, std::size_t width) {
  std::string says = "(narrow terminal:";
  if (rounded) says += " fewer digits";
  if (!left_out.empty()) says += fmt::format("{} without {}", rounded ? "," : "", left_out[0]);
  for (std::size_t i = 1; i < left_out.size(); ++i) says += ", " + left_out[i];
  std::string text;
  for (const std::string& line : wrap(says + ")", width > gap ? width - gap : width))
    text += fit(std::string(gap, ' ') + line, width) + "\n";
  return text;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

Table& Table::row(std::vector<Cell> cells) {
  if (cells.size() != columns_.size()) {
    fail("table", fmt::format("a row must have {} cells, got {}", columns_.size(), cells.size()));
  }
  rows_.push_back(std::move(cells));
  return *this;
}

std::string Table::text() const {
  return text(std::string::npos);
}

std::string Table::text(std::size_t width) const {
  std::vector<PrintedColumn> printed;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    printed.push_back(print_column(columns_[i], rows_, i, columns_[i].digits));
  if (total_width(printed) <= width) return lines_of(printed, rows_.size(), width);

  const std::size_t full = total_width(printed);
  for (std::size_t i = 0; i < columns_.size(); ++i)
    printed[i] = print_column(columns_[i], rows_, i, columns_[i].digits.at_most_significant(2));
  const bool rounded = total_width(printed) < full;
  std::vector<std::string> left_out;
  while (printed.size() > 1 && total_width(printed) > width) {
    left_out.insert(left_out.begin(), printed.back().title);
    printed.pop_back();
  }
  return lines_of(printed, rows_.size(), width) + note(left_out, rounded, width);
}

void Table::print(std::FILE* stream) const {
  const Terminal terminal = terminal_of(stream);
  const std::string lines = terminal.limited ? text(terminal.width) : text();
  std::fwrite(lines.data(), 1, lines.size(), stream);
}

}  // namespace evenkeel
