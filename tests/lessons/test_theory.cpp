#include "theory.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace evenkeel::lesson;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(theory)

BOOST_AUTO_TEST_CASE(erf_has_the_means_that_quadrature_finds) {
  for (double q : {0.01, 0.25, 1.0, 9.0}) {
    const auto x = [q](double z) { return std::sqrt(q) * z; };
    const double slope = 2 / std::sqrt(std::numbers::pi);  // of erf at 0
    const double square = gaussian_mean([&](double z) { return std::pow(std::erf(x(z)), 2); });
    const double slopes =
        gaussian_mean([&](double z) { return std::pow(slope * std::exp(-std::pow(x(z), 2)), 2); });
    BOOST_TEST_CONTEXT("variance " << q) {
      BOOST_TEST(std::abs(erf_means(q).first - square) < 1e-12);
      BOOST_TEST(std::abs(erf_means(q).second - slopes) < 1e-12);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
