#include "evenkeel/data/tabular.hpp"

#include <fmt/format.h>

#include "data/parse.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {

Samples read_table(const std::filesystem::path& path) {
  const std::vector<std::string> lines = lines_of(read_file(path));
  const Place head{path, 1};
  const std::vector<std::string> names = lines.empty() ? lines : cells_of(lines[0]);
  if (names.size() < 3) head.fail("expected `samples,features,class name,…`");
  constexpr Index most = 10'000'000;  // more than any table here
  const Index count = whole_number_in(names[0], most, head);
  const Index features = whole_number_in(names[1], most, head);
  if (lines.size() != count + 1) {
    head.fail(fmt::format("{} samples need as many lines below, got {}", count, lines.size() - 1));
  }
  Samples all;
  all.class_names = {names.begin() + 2, names.end()};
  all.classes = all.class_names.size();
  all.image = {features, 1, 1};
  all.x.set_size(features, count);
  for (Index j = 0; j < count; ++j) {
    const Place place{path, j + 2};
    const std::vector<std::string> cells = cells_of(lines[j + 1]);
    if (cells.size() != features + 1) {
      place.fail(
          fmt::format("expected {} features and a label, got {} cells", features, cells.size()));
    }
    for (Index i = 0; i < features; ++i) {
      all.x(i, j) = static_cast<Scalar>(number_in(cells[i], place));
    }
    all.labels.push_back(whole_number_in(cells[features], all.classes - 1, place));
  }
  return all;
}

Samples iris() {
  return read_table(data_file("tabular/iris.csv"));
}

Samples wine() {
  return read_table(data_file("tabular/wine.csv"));
}

Samples breast_cancer() {
  return read_table(data_file("tabular/breast_cancer.csv"));
}

}  // namespace evenkeel
