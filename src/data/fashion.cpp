#include "evenkeel/data/fashion.hpp"

#include <fmt/format.h>

#include <boost/endian/conversion.hpp>
#include <cstdlib>

#include "base/fail.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {
namespace fs = std::filesystem;

namespace {

// What an IDX file holds: two zero bytes, the type of the values (8: unsigned bytes), the number of
// dimensions; then each dimension as four bytes, the highest first, for `shape`; then the values.
std::string idx_values(const fs::path& path, std::vector<Index>& shape) {
  std::string bytes = read_file(path);
  const std::size_t dimensions = shape.size(), head = 4 + 4 * dimensions;
  const std::string magic{'\0', '\0', '\x08', static_cast<char>(dimensions)};
  require(bytes.starts_with(magic) && bytes.size() >= head, "data",
          "{} is no IDX file of bytes in {} dimension{}", path.string(), dimensions,
          dimensions == 1 ? "" : "s");
  double expected = 1;  // exact below 2⁵³, and no file has so many
  for (std::size_t d = 0; d < dimensions; ++d) {
    const char* number = &bytes[4 + 4 * d];
    shape[d] = boost::endian::load_big_u32(reinterpret_cast<const unsigned char*>(number));
    expected *= static_cast<double>(shape[d]);
  }
  bytes.erase(0, head);
  require(static_cast<double>(bytes.size()) == expected, "data",
          "{} must have {} values after its head, got {}", path.string(), fmt::join(shape, "·"),
          bytes.size());
  return bytes;
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
  std::vector<Index> shape(3), labelled(1);
  const std::string pixels = idx_values(images, shape), classed = idx_values(labels, labelled);
  const Index count = shape[0];
  require(labelled[0] == count, "data", "{} must have a label for each of the {} images, got {}",
          labels.string(), count, labelled[0]);
  Samples all;
  all.classes = classes;
  all.image = {1, shape[1], shape[2]};
  all.x.set_size(all.image.rows(), count);
  for (Index i = 0; i < all.x.n_elem; ++i) {
    all.x(i) = static_cast<Scalar>(static_cast<unsigned char>(pixels[i])) / Scalar(255);
  }
  for (Index i = 0; i < count; ++i) {
    const Index label = static_cast<unsigned char>(classed[i]);
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
