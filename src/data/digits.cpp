#include "evenkeel/data/digits.hpp"

#include <fmt/format.h>

#include <boost/algorithm/string.hpp>
#include <cmath>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {

// A line of the file is a digit: 64 pixels from 0 to 16, then its label.
Samples digits() {
  const std::filesystem::path path = data_file("digits/digits.csv.gz");
  std::vector<std::string> lines, cells;
  const std::string text = boost::trim_right_copy_if(read_file(path), boost::is_any_of("\r\n"));
  boost::split(lines, text, boost::is_any_of("\n"));
  Samples all{Matrix(64, lines.size()), {}, 10, {1, 8, 8}, {}};
  for (Index line = 0; line < lines.size(); ++line) {
    const std::string place = fmt::format("{}, line {}", path.string(), line + 1);
    boost::split(cells, lines[line], boost::is_any_of(","));
    require(cells.size() == 65, "data", "{}: expected 64 features and a label, got {} cells", place,
            cells.size());
    for (Index i = 0; i < 64; ++i) {
      double number = 0;
      const bool read = text::read_number(cells[i], number);
      all.x(i, line) = static_cast<Scalar>(number) / Scalar(16);
      if (read && std::isfinite(all.x(i, line))) continue;
      fail("data", "{}: expected a number, got {}", place, text::in_quotes(cells[i]));
    }
    Index label = 0;
    if (!text::read_number(cells[64], label) || label >= all.classes) {
      fail("data", "{}: expected a whole number from 0 to 9, got {}", place,
           text::in_quotes(cells[64]));
    }
    all.labels.push_back(label);
  }
  for (Index c = 0; c < all.classes; ++c) all.class_names.push_back(fmt::format("{}", c));
  return all;
}

}  // namespace evenkeel
