#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/samples.hpp"
#include "says.hpp"
#include "scratch.hpp"

namespace evenkeel::data_tests {

inline std::vector<Index> counts_of(const Samples& samples) {
  std::vector<Index> counts(samples.classes);
  for (const Index label : samples.labels) ++counts.at(label);
  return counts;
}

inline std::vector<Index> first_labels(const Samples& samples, std::ptrdiff_t n) {
  return {samples.labels.begin(), samples.labels.begin() + n};
}

/// A file that must be refused, and what the error must say.
struct BadFile {
  std::string bytes, complaint;
};

template <class Read>
void check_refused(Read read, const std::string& name, const std::vector<BadFile>& files) {
  const evenkeel_test::Scratch scratch;
  for (const BadFile& file : files) {
    BOOST_TEST_CONTEXT(file.bytes) {
      BOOST_CHECK_EXCEPTION(read(scratch.write(name, file.bytes)), Error, says(file.complaint));
    }
  }
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
