#include "evenkeel/norm/weight_standardization.hpp"

#include <cmath>

#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/ops/arithmetic.hpp"

namespace evenkeel {

Var weight_standardization(Var w, WeightStandardizationOptions options) {
  const Tile row{1, w.cols()};
  const Var what = normalize(w, row, Centering::subtract_mean, options.eps);
  return options.gain / std::sqrt(static_cast<double>(w.cols())) * what;
}

}  // namespace evenkeel
