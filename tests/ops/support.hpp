#pragma once
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "says.hpp"
#include "scopes.hpp"

namespace evenkeel_test {

using namespace evenkeel;

// The operators as functions.
inline Var add(Input a, Input b) {
  return a + b;
}
inline Var subtract(Input a, Input b) {
  return a - b;
}
inline Var multiply(Input a, Input b) {
  return a % b;
}
inline Var divide(Input a, Input b) {
  return a / b;
}

/// A matrix written down row by row, in double for both precisions: Numbers{{1}, {2}}, {{1, 2}}.
/// (Armadillo's own braces cannot tell a column from a list of scalars.)
struct Numbers : Matrix {
  Numbers(std::initializer_list<std::initializer_list<double>> rows)
      : Matrix(rows.size(), rows.begin()->size()) {
    Index i = 0;
    for (const auto& row : rows) {
      Index j = 0;
      for (double entry : row) at(i, j++) = static_cast<Scalar>(entry);
      ++i;
    }
  }
  template <class T>
  Numbers(const arma::Base<Scalar, T>& x) : Matrix(x.get_ref()) {}
};

inline bool same_bits(const Matrix& a, const Numbers& b) {
  return shape_of(a) == shape_of(b) &&
         std::memcmp(a.memptr(), b.memptr(), a.n_elem * sizeof(Scalar)) == 0;
}

/// Shapes agree, and entries to a few roundings (8 eps of the larger of 1 and the entry).
inline void check_close(const Matrix& got, const Numbers& expected) {
  BOOST_REQUIRE_MESSAGE(shape_of(got) == shape_of(expected),
                        to_string(shape_of(got)) << " is not " << to_string(shape_of(expected)));
  for (Index i = 0; i < got.n_elem; ++i) {
    const Scalar allowed = 8 * machine_epsilon * std::max(Scalar(1), std::abs(expected[i]));
    BOOST_CHECK_MESSAGE(std::abs(got[i] - expected[i]) <= allowed,
                        "entry " << i << ": got " << got[i] << ", expected " << expected[i]);
  }
}

}  // namespace evenkeel_test
