#pragma once

#include "evenkeel/data/samples.hpp"

namespace evenkeel {

/// 1,797 handwritten digits of 8×8 pixels, 0 … 1 in sixteenths; ten classes. scikit-learn's
/// load_digits, divided by 16 (data/README.md). Throws when the file is missing or damaged.
Samples digits();

}  // namespace evenkeel
