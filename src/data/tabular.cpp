#include "evenkeel/data/tabular.hpp"

#include <fmt/format.h>

#include <boost/algorithm/string/split.hpp>
#include <cmath>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "evenkeel/data/digits.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {

namespace {

using Texts = std::vector<std::string>;

Texts parts_of(std::string_view text, char border) {
  Texts parts;
  return boost::split(parts, text, [border](char c) { return c == border; });
}

// Without their ends, \r\n too; without empty lines at the end and a byte order mark.
Texts lines_of(std::string_view text) {
  text = text::without_mark(text);
  text = text.substr(0, text.find_last_not_of("\r\n") + 1);
  Texts lines = parts_of(text, '\n');
  for (std::string& line : lines) {
    if (line.ends_with('\r')) line.pop_back();
  }
  return lines;
}

Index whole_number_in(const std::string& cell, Index most, const std::string& place) {
  Index number = 0;
  if (text::read_number(cell, number) && number <= most) return number;
  fail("data", "{}: expected a whole number from 0 to {}, got {}", place, most,
       text::in_quotes(cell));
}

std::string place_of(const std::filesystem::path& file, Index line) {
  return fmt::format("{}, line {}", file.string(), line + 1);
}

// The lines from `first` on: a sample's features and its label.
Samples samples_in(const Texts& lines, Index first, Index features, Index classes,
                   const std::filesystem::path& file) {
  Samples all;
  all.classes = classes;
  std::vector<Scalar> numbers;
  for (Index line = first; line < lines.size(); ++line) {
    const std::string place = place_of(file, line);
    const Texts cells = parts_of(lines[line], ',');
    require(cells.size() == features + 1, "data",
            "{}: expected {} features and a label, got {} cells", place, features, cells.size());
    for (Index i = 0; i < features; ++i) {
      double number = 0;
      const bool read = text::read_number(cells[i], number);
      numbers.push_back(static_cast<Scalar>(number));
      if (read && std::isfinite(numbers.back())) continue;
      fail("data", "{}: expected a number, got {}", place, text::in_quotes(cells[i]));
    }
    all.labels.push_back(whole_number_in(cells[features], classes - 1, place));
  }
  all.x = Matrix(numbers.data(), features, all.labels.size());
  return all;
}

}  // namespace

Samples read_table(const std::filesystem::path& path) {
  const Texts lines = lines_of(read_file(path));
  const std::string head = place_of(path, 0);
  const Texts names = parts_of(lines[0], ',');
  require(names.size() >= 3, "data", "{}: expected `samples,features,class name,…`", head);
  for (const std::string& name : names) {
    if (name.find('"') == std::string::npos) continue;
    fail("data", "{}: names of classes stand without quotes and have no comma, got {}", head,
         text::in_quotes(name));
  }
  constexpr Index most = 10'000'000;  // more than any table here
  const Index count = whole_number_in(names[0], most, head);
  const Index features = whole_number_in(names[1], most, head);
  require(lines.size() == count + 1, "data", "{}: {} samples need as many lines below, got {}",
          head, count, lines.size() - 1);
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
