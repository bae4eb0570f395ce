#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "evenkeel/core/random.hpp"
#include "evenkeel/probe/statistics.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(probe)
BOOST_AUTO_TEST_SUITE(statistics_of_a_matrix)

namespace {

// Sums of n terms in double: n roundings of 1e-16 each, n ≤ 10,000 here
constexpr double rounding = 1e-12;

bool near(double a, double b) {
  return std::abs(a - b) <= rounding * std::abs(b);
}

const Scalar not_a_number = std::numeric_limits<Scalar>::quiet_NaN();
const Scalar infinity = std::numeric_limits<Scalar>::infinity();

}  // namespace

BOOST_AUTO_TEST_CASE(by_hand) {
  const Statistics s = statistics(Matrix{{1, -7}, {0, 2}});
  BOOST_TEST(s.mean == -1);
  BOOST_TEST(near(s.sigma, std::sqrt((4 + 36 + 1 + 9) / 4.0)));  // divides by 4, not by 3
  BOOST_TEST(near(s.rms, std::sqrt((1 + 49 + 0 + 4) / 4.0)));
  BOOST_TEST(s.largest == 7);
  BOOST_TEST(s.fraction_zero == 0.25);
}

BOOST_AUTO_TEST_CASE(one_entry) {
  const Statistics s = statistics(Matrix(1, 1, arma::fill::value(-3)));
  BOOST_TEST(s.mean == -3);
  BOOST_TEST(s.sigma == 0);
  BOOST_TEST(s.rms == 3);
  BOOST_TEST(s.largest == 3);
  BOOST_TEST(s.fraction_zero == 0);
}

BOOST_AUTO_TEST_CASE(all_zero_and_none_at_all) {
  const Statistics zeros = statistics(Matrix(3, 4, arma::fill::zeros));
  BOOST_TEST(zeros.sigma == 0);
  BOOST_TEST(zeros.rms == 0);
  BOOST_TEST(zeros.fraction_zero == 1);
  BOOST_TEST(statistics(Matrix()).fraction_zero == 0);
}

BOOST_AUTO_TEST_CASE(a_large_mean_leaves_sigma_alone) {
  // Half a million + 1, half + 3: σ is 1, and E[x²] − E[x]² in float would be 0 or worse
  Matrix x(100, 100, arma::fill::value(1000001));
  x.head_cols(50) += 2;
  const Statistics s = statistics(x);
  BOOST_TEST(near(s.mean, 1000002));
  BOOST_TEST(near(s.sigma, 1));
}

BOOST_AUTO_TEST_CASE(sums_run_in_double) {
  // In float the running sum would stop at 2²⁴: 1 more would be rounded away
  const Matrix x(5000, 5000, arma::fill::ones);
  const Statistics s = statistics(x);
  BOOST_TEST(s.mean == 1);
  BOOST_TEST(s.sigma == 0);
}

BOOST_AUTO_TEST_CASE(huge_and_tiny_values) {
  const double scales[] = {1e-30, 1e30, std::sqrt(std::numeric_limits<Scalar>::max()) * 1e6};
  for (const double scale : scales) {
    const Scalar a = static_cast<Scalar>(scale);
    const Statistics s = statistics(Matrix{{a, -a, a, -a}});
    BOOST_TEST(near(s.sigma, a));
    BOOST_TEST(near(s.rms, a));
    BOOST_TEST(s.largest == a);
  }
}

BOOST_AUTO_TEST_CASE(nan_and_inf_show) {
  const Statistics with_nan = statistics(Matrix{{1, not_a_number, 3}});
  BOOST_TEST(std::isnan(with_nan.mean));
  BOOST_TEST(std::isnan(with_nan.sigma));
  BOOST_TEST(std::isnan(with_nan.rms));
  BOOST_TEST(std::isnan(with_nan.largest));
  const Statistics with_inf = statistics(Matrix{{1, -infinity, 0, 3}});
  BOOST_TEST(with_inf.largest == infinity);
  BOOST_TEST(with_inf.rms == infinity);
  BOOST_TEST(!std::isfinite(with_inf.sigma));
  BOOST_TEST(with_inf.fraction_zero == 0.25);
}

BOOST_AUTO_TEST_CASE(a_normal_sample) {
  const double n = 10000;
  const Statistics s = statistics(Random(1).normal(100, 100));
  BOOST_TEST(std::abs(s.mean) < 5 / std::sqrt(n));           // five standard errors
  BOOST_TEST(std::abs(s.sigma - 1) < 5 / std::sqrt(2 * n));  // sd of s is σ/√(2n)
}

BOOST_AUTO_TEST_CASE(units_that_no_sample_wakes) {
  const Matrix x = {{0, 0, 0}, {0, 1, 0}, {0, 0, 0}, {0, 0, not_a_number}};
  BOOST_TEST(dead_units(x) == 2);
  BOOST_TEST(dead_units(Matrix(3, 2, arma::fill::ones)) == 0);
  BOOST_TEST(dead_units(Matrix(3, 0)) == 3);
  BOOST_TEST(dead_units(Matrix()) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
