#pragma once
// Tables of measurements, features of very different scale: as scikit-learn's load_iris, load_wine
// and load_breast_cancer (data/README.md).

#include <filesystem>

#include "evenkeel/data/samples.hpp"

namespace evenkeel {

Samples iris();           ///< 150 flowers × 4 lengths in cm, 3 species
Samples wine();           ///< 178 wines × 13 chemical measurements, 3 growers
Samples breast_cancer();  ///< 569 tumours × 30 measurements; malignant, benign

/// A table whose first line is `samples,features,class name,…` and whose other lines are a sample's
/// features and its label. Throws when the file is missing or is not such a table.
Samples read_table(const std::filesystem::path& path);

}  // namespace evenkeel
