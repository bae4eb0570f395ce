#include "evenkeel/data/digits.hpp"

#include <fmt/format.h>

#include "data/parse.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {

Samples digits() {
  constexpr Index samples = 1797, pixels = 64, classes = 10, white = 16;
  const std::filesystem::path path = data_file("digits/digits.csv.gz");
  const std::vector<std::string> lines = lines_of(read_file(path));
  if (lines.size() != samples) {
    Place{path, lines.size()}.fail(fmt::format("expected {} lines, got {}", samples, lines.size()));
  }
  Samples all;
  all.x.set_size(pixels, samples);
  all.classes = classes;
  all.image = {1, 8, 8};
  for (Index j = 0; j < samples; ++j) {
    const Place place{path, j + 1};
    const std::vector<std::string> cells = cells_of(lines[j]);
    if (cells.size() != pixels + 1) {
      place.fail(fmt::format("expected {} pixels and a label, got {} cells", pixels, cells.size()));
    }
    for (Index i = 0; i < pixels; ++i) {
      all.x(i, j) = static_cast<Scalar>(whole_number_in(cells[i], white, place)) / Scalar(white);
    }
    all.labels.push_back(whole_number_in(cells[pixels], classes - 1, place));
  }
  for (Index c = 0; c < classes; ++c) all.class_names.push_back(fmt::format("{}", c));
  return all;
}

}  // namespace evenkeel
