#include "evenkeel/base/table.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <boost/algorithm/string.hpp>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "evenkeel/base/terminal.hpp"

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
    lines.push_back(row[index].shown(column.digits));
    const std::size_t size = lines.back().size(), point = lines.back().find_first_of(".e");
    behind_point.push_back(row[index].is_text() ? 0 : size - std::min(point, size));
    numbers = numbers || !row[index].is_text();
  }
  const std::size_t most = std::ranges::max(behind_point);
  std::size_t width = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) lines[i].append(most - behind_point[i], ' ');
    width = std::max(width, display_width(lines[i]));
  }
  for (std::string& line : lines) {
    line = numbers ? pad_left(line, width) : pad_right(line, width);
  }
  return lines;
}

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

std::string format_number(double value, Digits digits) {
  if (!std::isfinite(value)) return shortest(value);
  const double size = std::abs(value);
  int decimals = digits.after_the_point ? digits.count : digits.count - 1;
  const std::string rounded = fmt::format("{:.{}e}", value, decimals);
  if (size != 0 && (size < 1e-5 || size >= 1e10)) return rounded;
  if (!digits.after_the_point) {
    // Of the number once it is rounded: 9.996 to three digits is 10.0, so 1.
    const int power = std::atoi(rounded.c_str() + rounded.find('e') + 1);
    decimals = value == 0 ? 0 : std::max(0, decimals - power);
  }
  return text::with_commas(fmt::format("{:.{}f}", value, decimals));
}

std::string shortest(double value) {
  return Cell(value).exact();
}

std::string Cell::exact() const {
  const std::string text = std::visit([](const auto& v) { return fmt::format("{}", v); }, value_);
  return text == "-nan" && !is_text() ? "nan" : text;
}

std::string Cell::shown(Digits digits) const {
  if (const auto* number = std::get_if<double>(&value_)) return format_number(*number, digits);
  if (const auto* number = std::get_if<float>(&value_)) return format_number(*number, digits);
  return is_text() ? exact() : text::with_commas(exact());
}

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
  for (const std::string& line : lines) {
    text += fit(boost::trim_right_copy_if(line, boost::is_any_of(" ")), width) + "\n";
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
