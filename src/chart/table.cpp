#include "evenkeel/chart/table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/fail.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/chart/text.hpp"

namespace evenkeel {
namespace {

using Lines = std::vector<std::string>;

// A column's title and cells, all as wide: text to the left, numbers to the right and with their
// decimal points below one another.
Lines print_column(const Column& column, const std::vector<std::vector<Cell>>& rows,
                   std::size_t index, Digits digits) {
  Lines lines{column.title};
  std::vector<std::size_t> behind_point{0};
  bool numbers = false;
  for (const std::vector<Cell>& row : rows) {
    const Cell& cell = row[index];
    // Whole numbers stay whole, however few digits the column shows.
    const Digits shown = !cell.is_text() && cell.is_integer() ? Digits::decimals(0) : digits;
    lines.push_back(cell.is_text() ? cell.text() : format_number(cell.number(), shown));
    const std::string& text = lines.back();
    const std::size_t point = cell.is_text() ? text.size() : text.find_first_of(".e");
    behind_point.push_back(text.size() - std::min(point, text.size()));
    numbers = numbers || !cell.is_text();
  }
  const std::size_t most = *std::max_element(behind_point.begin(), behind_point.end());
  std::size_t width = display_width(column.title);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    lines[i].append(most - behind_point[i], ' ');
    width = std::max(width, display_width(lines[i]));
  }
  for (std::string& line : lines) {
    line = numbers ? pad_left(line, width) : pad_right(line, width);
  }
  return lines;
}

std::size_t total_width(const std::vector<Lines>& columns) {
  std::size_t width = 0;
  for (const Lines& column : columns) {
    width += 2 + display_width(column[0]);
  }
  return width;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

Table& Table::row(std::vector<Cell> cells) {
  if (cells.size() != columns_.size()) {
    fail("table", "a row must have {} cells, got {}", columns_.size(), cells.size());
  }
  rows_.push_back(std::move(cells));
  return *this;
}

std::string Table::text(std::size_t width) const {
  const auto print = [&](bool fewer_digits) {
    std::vector<Lines> printed;
    for (const Column& c : columns_) {
      printed.push_back(print_column(c, rows_, printed.size(),
                                     fewer_digits ? c.digits.at_most_significant(2) : c.digits));
    }
    return printed;
  };
  std::vector<Lines> printed = print(false);
  std::string note;
  if (const std::size_t full = total_width(printed); full > width) {
    printed = print(true);
    if (total_width(printed) < full) note = " fewer digits";
    std::string left_out;
    while (printed.size() > 1 && total_width(printed) > width) {
      printed.pop_back();
      left_out = columns_[printed.size()].title + (left_out.empty() ? "" : ", ") + left_out;
    }
    if (!left_out.empty()) note += (note.empty() ? " without " : ", without ") + left_out;
    note = fmt::format("(narrow terminal:{})", note);
  }
  std::string text;
  for (std::size_t i = 0; i <= rows_.size(); ++i) {
    std::string line;
    for (const Lines& column : printed) {
      line += "  " + column[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += fit(line, width) + "\n";
  }
  for (const std::string& line : wrap(note, width > 2 ? width - 2 : width)) {
    text += fit("  " + line, width) + "\n";
  }
  return text;
}

void Table::print(std::FILE* stream) const {
  const Terminal terminal = terminal_of(stream);
  const std::string lines = terminal.limited ? text(terminal.width) : text();
  std::fwrite(lines.data(), 1, lines.size(), stream);
}

}  // namespace evenkeel
