#pragma once

#include <filesystem>

#include "evenkeel/data/samples.hpp"

namespace evenkeel {

enum class FashionSet {
  shipped,  ///< the first 2,000 training and 1,000 test images, part of the data folder
  whole,    ///< 60,000 + 10,000, where Debian's package dataset-fashion-mnist is installed
};

/// Fashion-MNIST: pieces of clothing, 28×28 pixels, grey, 0 … 1; ten classes (data/README.md).
/// The whole set is read from /usr/share/datasets/fashion-mnist, or from the folder that the
/// environment variable EVENKEEL_FASHION_MNIST names; in double it takes 440 MB, in float half of
/// it. Throws when files are missing or damaged.
Split fashion(FashionSet which = FashionSet::shipped);

/// Images and labels from a pair of IDX files, gzipped or not: the format of MNIST and
/// Fashion-MNIST. Pixels are divided by 255. Throws when a file is missing or damaged.
Samples read_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                 Index classes);

}  // namespace evenkeel
