#pragma once

#include <vector>

#include "evenkeel/data/samples.hpp"

namespace evenkeel::data_tests {

inline std::vector<Index> counts_of(const Samples& samples) {
  std::vector<Index> counts(samples.classes);
  for (const Index label : samples.labels) ++counts.at(label);
  return counts;
}

inline std::vector<Index> first_labels(const Samples& samples, std::ptrdiff_t n) {
  return {samples.labels.begin(), samples.labels.begin() + n};
}

/// In double, in both precisions.
inline double sum_of(const Matrix& x) {
  double sum = 0;
  for (const Scalar entry : x) sum += static_cast<double>(entry);
  return sum;
}

inline bool same(const Matrix& a, const Matrix& b) {
  return arma::size(a) == arma::size(b) && arma::approx_equal(a, b, "absdiff", Scalar(0));
}

}  // namespace evenkeel::data_tests
