#pragma once
// Tables of measurements, features of very different scale.

#include <filesystem>

#include "evenkeel/data/samples.hpp"

namespace evenkeel {

/// 569 tumours × 30 measurements; malignant, benign. scikit-learn's load_breast_cancer
/// (data/README.md).
Samples breast_cancer();

/// A table whose first line is `samples,features,class name,…` and whose other lines are a sample's
/// features and its label. A name has no quotes and no comma. Throws when the file is missing or is
/// not such a table.
Samples read_table(const std::filesystem::path& path);

}  // namespace evenkeel
