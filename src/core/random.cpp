#include "evenkeel/core/random.hpp"

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <sstream>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

double Random::uniform() {
  return boost::random::uniform_01<double>()(engine_);
}

double Random::normal() {
  return boost::random::normal_distribution<double>()(engine_);
}

Index Random::below(Index n) {
  if (n == 0) fail("random", "below(n) needs n ≥ 1");
  return boost::random::uniform_int_distribution<Index>(0, n - 1)(engine_);
}

std::vector<Index> Random::permutation(Index n) {
  std::vector<Index> order(n);
  for (Index i = 0; i < n; ++i) {  // Fisher and Yates, inside out
    const Index j = below(i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

Matrix Random::normal(Index rows, Index cols, double sd) {
  Matrix x(rows, cols, arma::fill::none);
  for (Scalar& entry : x) entry = static_cast<Scalar>(sd * normal());
  return x;
}

Matrix Random::uniform(Index rows, Index cols, double low, double high) {
  Matrix x(rows, cols, arma::fill::none);
  for (Scalar& entry : x) entry = static_cast<Scalar>(low + (high - low) * uniform());
  return x;
}

std::string Random::state() const {
  std::ostringstream text;
  text.imbue(std::locale::classic());  // no separators of thousands
  text << engine_;
  return text.str();
}

void Random::set_state(const std::string& text) {
  const bool plain = text.find_first_not_of("0123456789 ") == std::string::npos;
  std::istringstream in(text + ' ');  // Boost skips the space behind each number
  in.imbue(std::locale::classic());
  boost::random::mt19937_64 read;
  in >> read;
  if (!plain || in.fail() || !(in >> std::ws).eof()) {
    fail("random", "a saved state must be 312 numbers below 2^64");
  }
  engine_ = read;
}

}  // namespace evenkeel
