#include "evenkeel/data/fashion.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "base/fail.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {
namespace fs = std::filesystem;

namespace {

// An IDX file: two zero bytes, the type of the values (8: unsigned bytes), the number of
// dimensions; then each dimension as four bytes, the highest first; then the values.
struct Idx {
  std::vector<Index> shape;
  std::string values;

  Index value(Index i) const { return static_cast<unsigned char>(values[i]); }
};

Idx read_idx(const fs::path& path, std::size_t dimensions) {
  Idx idx;
  const std::string bytes = read_file(path);
  const std::size_t head = 4 + 4 * dimensions;
  const std::string magic{'\0', '\0', '\x08', static_cast<char>(dimensions)};
  require(bytes.starts_with(magic) && bytes.size() >= head, "data",
          "{} is no IDX file of bytes in {} dimension{}", path.string(), dimensions,
          dimensions == 1 ? "" : "s");
  idx.values = bytes.substr(head);
  double expected = 1;  // exact below 2⁵³, and no file has so many
  for (std::size_t d = 0; d < dimensions; ++d) {
    Index length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      length = 256 * length + static_cast<unsigned char>(bytes[4 + 4 * d + i]);
    }
    idx.shape.push_back(length);
    expected *= static_cast<double>(length);
  }
  require(static_cast<double>(idx.values.size()) == expected, "data",
          "{} must have {} values after its head, got {}", path.string(), fmt::join(idx.shape, "·"),
          idx.values.size());
  return idx;
}

fs::path whole_set() {
  const char* const named = std::getenv("EVENKEEL_FASHION_MNIST");
  const fs::path folder = named ? named : "/usr/share/datasets/fashion-mnist";
  require(fs::exists(folder / "train-images-idx3-ubyte.gz"), "data",
          "there is no train-images-idx3-ubyte.gz in {}: install Debian's package "
          "dataset-fashion-mnist, or set EVENKEEL_FASHION_MNIST to the folder that has the set",
          folder.string());
  return folder;
}

}  // namespace

Samples read_idx(const fs::path& images, const fs::path& labels, Index classes) {
  const Idx pixels = read_idx(images, 3);
  const Idx classed = read_idx(labels, 1);
  const Index count = pixels.shape[0];
  require(classed.shape[0] == count, "data",
          "{} must have a label for each of the {} images, got {}", labels.string(), count,
          classed.shape[0]);
  Samples all;
  all.classes = classes;
  all.image = {1, pixels.shape[1], pixels.shape[2]};
  all.x.set_size(all.image.rows(), count);
  for (Index i = 0; i < all.x.n_elem; ++i) {
    all.x(i) = static_cast<Scalar>(pixels.value(i)) / Scalar(255);
  }
  for (Index i = 0; i < count; ++i) {
    const Index label = classed.value(i);
    if (label >= classes) {
      fail("data", "{}: labels must be below {}, got {} for image {}", labels.string(), classes,
           label, i);
    }
    all.labels.push_back(label);
  }
  return all;
}

Split fashion(FashionSet which) {
  const bool whole = which == FashionSet::whole;
  const fs::path folder =
      whole ? whole_set() : data_file("fashion_mnist/train-images-idx3-ubyte.gz").parent_path();
  const auto part = [&](const std::string& name) {
    Samples samples = read_idx(folder / (name + "-images-idx3-ubyte.gz"),
                               folder / (name + "-labels-idx1-ubyte.gz"), 10);
    samples.class_names = {"T-shirt/top", "trouser", "pullover", "dress", "coat",
                           "sandal",      "shirt",   "sneaker",  "bag",   "ankle boot"};
    return samples;
  };
  return {part("train"), part("t10k")};
}

}  // namespace evenkeel
