#pragma once
// Numbers of a file against those of a formula. The tolerance is no matter of taste: it is
// limit × unit × rounding, where rounding sums the magnitudes that the computation rounds
// (formula.hpp), unit is the precision and limit counts how often a number may be rounded.

#include <algorithm>
#include <cmath>
#include <limits>

#include "formula.hpp"

namespace evenkeel::audit {

struct Fit {
  bool holds = false;     ///< every number within the tolerance
  bool tells = false;     ///< the tolerance is small beside what the norm does
  double worst = 0;       ///< the largest |difference| / (unit × rounding)
  double rms = 0;         ///< the same, root mean square
  std::size_t at = 0;     ///< where it is largest
  double expected = 0;    ///< there, by the formula
  double difference = 0;  ///< there
  double tolerance = 0;   ///< there
};

/// How often a number may be rounded, for tiles of n: a plain sum in 32 bits errs like √n; what
/// computes in 16 bits sums in 32.
inline double rounding_limit(double n, double unit) {
  return 4 + (unit < 1e-6 ? std::sqrt(n) / 2 : std::log2(std::max(n, 1.0)) / 2);
}

/// `predict(i)` gives a Predicted. Ends at the first number beyond the limit.
/// Where the formula gives no number, or one that the file's type does not have, nothing is asked.
template <class Predict>
Fit compare(const Array& actual, const std::vector<char>& valid, double unit, double limit,
            const Predict& predict) {
  const double largest = actual.dtype == "F16" ? 65504 : 3e38;
  const bool narrow = actual.dtype != "F64";
  Fit fit;
  double squares = 0, tolerances = 0, signal = 0, count = 0;
  for (std::size_t i = 0; i < actual.values.size(); ++i) {
    if (!valid.empty() && !valid[i]) continue;
    const Predicted predicted = predict(i);
    const bool in_range =
        std::isfinite(predicted.y) && !(narrow && std::abs(predicted.y) > largest);
    if (!in_range && std::isfinite(actual.values[i])) continue;
    const double difference = in_range ? actual.values[i] - predicted.y : 0;
    if (!in_range) count += 1;
    if (!in_range) continue;
    const double step = unit * predicted.rounding + actual.smallest;
    const double ratio = std::isfinite(difference) ? std::abs(difference) / step
                                                   : std::numeric_limits<double>::infinity();
    count += 1;
    if (ratio >= fit.worst) {
      fit.worst = ratio;
      fit.at = i;
      fit.expected = predicted.y;
      fit.difference = difference;
      fit.tolerance = limit * step;
    }
    if (!(ratio <= limit)) return fit;
    squares += ratio * ratio;
    tolerances += step * step;
    signal += predicted.y * predicted.y;
  }
  fit.holds = count > 0;
  fit.rms = std::sqrt(squares / std::max(count, 1.0));
  fit.tells = count > 0 && (9 * tolerances < signal || (tolerances < signal && fit.rms < 0.3));
  return fit;
}

/// Whether a second explanation, with more mistakes in it, is to be believed all the same: where
/// the first is off by more than good arithmetic is, and the second, over that many tiles, fits so
/// much better that chance does not do it.
inline bool clearly_better(const Fit& second, const Fit& first, double tiles) {
  const double ratio = first.rms / std::max(second.rms, 0.02);
  return first.rms > 0.35 && ratio > 4 && tiles * std::log(ratio) > std::log(100.0);
}

}  // namespace evenkeel::audit
