#include "evenkeel/core/random.hpp"

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <utility>

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

}  // namespace evenkeel
