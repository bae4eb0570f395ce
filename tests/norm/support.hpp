#pragma once
#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>

#include "bodies.hpp"

namespace evenkeel_test {

inline double largest_difference(const evenkeel::Matrix& a, const evenkeel::Matrix& b) {
  return static_cast<double>(arma::abs(a - b).max());
}

inline evenkeel::Matrix random_matrix(evenkeel::Index rows, evenkeel::Index cols,
                                      std::uint64_t seed = 7) {
  return evenkeel::Random(seed).normal(rows, cols);
}

/// Checks that action throws an evenkeel::Error whose text contains `part`.
inline void check_error(const std::function<void()>& action, const std::string& part) {
  try {
    action();
    BOOST_ERROR("no error was thrown; expected one with: " + part);
  } catch (const evenkeel::Error& error) {
    const std::string text = error.what();
    BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos,
                        "expected a text with \"" + part + "\", got \"" + text + '"');
  }
}

}  // namespace evenkeel_test
