#include "evenkeel/chart/table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/fail.hpp"
#include "evenkeel/chart/text.hpp"

namespace evenkeel {
namespace {

// A column's title and cells, all as wide: text to the left, numbers to the right and with their
// decimal points below one another.
std::vector<std::string> print_column(const Column& column,
                                      const std::vector<std::vector<Cell>>& rows,
                                      std::size_t index) {
  std::vector<std::string> lines{column.title};
  std::vector<std::size_t> behind_point{0};
  bool numbers = false;
  for (const std::vector<Cell>& row : rows) {
    const Cell& cell = row[index];
    lines.push_back(cell.shown(column.digits));
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

}  // namespace

Table& Table::row(std::vector<Cell> cells) {
  if (cells.size() != columns_.size()) {
    fail("table", "a row must have {} cells, got {}", columns_.size(), cells.size());
  }
  rows_.push_back(std::move(cells));
  return *this;
}

std::string Table::text(std::size_t width) const {
  std::vector<std::string> lines(rows_.size() + 1);
  std::string left_out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::vector<std::string> printed = print_column(columns_[i], rows_, i);
    const std::size_t wider = display_width(lines[0]) + 2 + display_width(printed[0]);
    if (!left_out.empty() || (i > 0 && wider > width)) {
      left_out += (left_out.empty() ? "" : ", ") + columns_[i].title;
      continue;
    }
    for (std::size_t k = 0; k < lines.size(); ++k) lines[k] += "  " + printed[k];
  }
  std::string text;
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += fit(line, width) + "\n";
  }
  if (left_out.empty()) return text;
  for (const std::string& line : wrap("(narrow terminal: without " + left_out + ")", width - 2)) {
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
