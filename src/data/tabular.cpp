#include "evenkeel/data/tabular.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/digits.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {

namespace {

using Lines = std::vector<std::string>;

Lines parts_of(std::string_view text, char border) {
  Lines parts;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find(border, begin);
    parts.emplace_back(text.substr(begin, end - begin));
  }
  return parts;
}

// Without their ends, \r\n too.
Lines lines_of(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  Lines lines = parts_of(text, '\n');
  for (std::string& line : lines) {
    if (line.ends_with('\r')) line.pop_back();
  }
  return lines;
}

// Where an error is: "FILE, line 7: ".
struct TextPlace {
  std::filesystem::path file;
  Index line = 0;

  [[noreturn]] void fail(std::string_view message) const {
    evenkeel::fail("data", fmt::format("{}, line {}: {}", file.string(), line, message));
  }
};

// The number that is the whole cell, in any locale.
template <class Number>
bool read_number(const std::string& cell, Number& number) {
  const char* end = cell.data() + cell.size();
  const std::from_chars_result read = std::from_chars(cell.data(), end, number);
  return read.ec == std::errc() && read.ptr == end;
}

Index whole_number_in(const std::string& cell, Index most, const TextPlace& place) {
  Index number = 0;
  if (read_number(cell, number) && number <= most) return number;
  place.fail(
      fmt::format("expected a whole number from 0 to {}, got {}", most, text::in_quotes(cell)));
}

// The lines from `first` on: a sample's features and its label.
Samples samples_in(const Lines& lines, Index first, Index features, Index classes,
                   const std::filesystem::path& file) {
  Samples all;
  all.classes = classes;
  std::vector<Scalar> numbers;
  for (Index line = first; line < lines.size(); ++line) {
    const TextPlace place{file, line + 1};
    const Lines cells = parts_of(lines[line], ',');
    if (cells.size() != features + 1) {
      place.fail(
          fmt::format("expected {} features and a label, got {} cells", features, cells.size()));
    }
    for (Index i = 0; i < features; ++i) {
      double number = 0;
      const bool read = read_number(cells[i], number);
      numbers.push_back(static_cast<Scalar>(number));
      if (read && std::isfinite(numbers.back())) continue;
      place.fail(fmt::format("expected a number, got {}", text::in_quotes(cells[i])));
    }
    all.labels.push_back(whole_number_in(cells[features], classes - 1, place));
  }
  all.x = Matrix(numbers.data(), features, all.labels.size());
  return all;
}

}  // namespace

Samples read_table(const std::filesystem::path& path) {
  const Lines lines = lines_of(read_file(path));
  const TextPlace head{path, 1};
  const Lines names = parts_of(lines[0], ',');
  if (names.size() < 3) head.fail("expected `samples,features,class name,…`");
  constexpr Index most = 10'000'000;  // more than any table here
  const Index count = whole_number_in(names[0], most, head);
  const Index features = whole_number_in(names[1], most, head);
  if (lines.size() != count + 1) {
    head.fail(fmt::format("{} samples need as many lines below, got {}", count, lines.size() - 1));
  }
  Samples all = samples_in(lines, 1, features, names.size() - 2, path);
  all.image = {features, 1, 1};
  all.class_names = {names.begin() + 2, names.end()};
  return all;
}

Samples breast_cancer() {
  return read_table(data_file("tabular/breast_cancer.csv"));
}

Samples digits() {
  const std::filesystem::path path = data_file("digits/digits.csv.gz");
  Samples all = samples_in(lines_of(read_file(path)), 0, 64, 10, path);
  all.x /= Scalar(16);
  all.image = {1, 8, 8};
  for (Index c = 0; c < all.classes; ++c) all.class_names.push_back(fmt::format("{}", c));
  return all;
}

}  // namespace evenkeel
