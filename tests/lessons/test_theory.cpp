#include "theory.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numbers>

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

// The general form of lesson 08's page, worked out for ReLU: D is 1 for the k samples that are on
// and 0 for the others, so tr(PDPD) = k − 2k/b + k²/b², and uᵀDPDu = Σ u² − (Σ u)²/b over those
// that are on.
double batch_relu_rate_from_its_definition(double b) {
  const double both_on = 0.25 + std::asin(-1 / (b - 1)) / (2 * std::numbers::pi);
  const double product = 0.5 - batch_relu_variance(b);         // E[φ φ̃] of two samples
  const double on_squared = b / 2 + b * (b - 1) * both_on;     // E[k²]
  const double centered = b / 2 - 1 + on_squared / (b * b);    // E tr(D P D P)
  const double along_u = 0.5 - (0.5 + (b - 1) * product) / b;  // E[uᵀ D P D u]
  return b / ((b - 3) * batch_relu_variance(b)) * (centered - along_u) / (b - 1);
}

BOOST_AUTO_TEST_CASE(the_rate_of_relu_under_batch_norm_is_what_its_definition_gives) {
  for (double b : {4.0, 5.0, 8.0, 16.0, 64.0, 1000.0}) {
    BOOST_TEST_CONTEXT("batch of " << b) {
      const double expected = batch_relu_rate_from_its_definition(b);
      BOOST_TEST(std::abs(batch_relu_rate(b) / expected - 1) < 1e-13);
    }
  }
  BOOST_TEST(std::abs(batch_relu_rate(1e6) - std::numbers::pi / (std::numbers::pi - 1)) < 1e-5);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
