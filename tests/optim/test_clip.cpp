#include <cmath>

#include "evenkeel/optim/optimizer.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

Parameter with_gradient(Matrix gradient) {
  Parameter p(gradient * 0, "p");
  p.gradient = std::move(gradient);
  p.has_gradient = true;
  return p;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optim)
BOOST_AUTO_TEST_SUITE(clip)

// (3, 4) and (12): norm 13.
BOOST_AUTO_TEST_CASE(one_norm_over_all) {
  Parameter a = with_gradient(Matrix{3, 4}), b = with_gradient(Matrix{12});
  Parameter unreached(Matrix{1}, "unreached");
  unreached.gradient = Matrix{100};  // from an earlier round
  const std::vector<Parameter*> all = {&a, &b, &unreached};
  BOOST_TEST(gradient_norm(all) == 13.0);
  BOOST_TEST(clip_gradient_norm(all, 6.5) == 13.0);
  const double rounding = 1e-6 + 8 * machine_epsilon;
  BOOST_TEST(std::abs(gradient_norm(all) - 6.5) <= 6.5 * rounding);
  BOOST_TEST(std::abs(static_cast<double>(a.gradient[0]) - 1.5) <= 1.5 * rounding);
  BOOST_TEST(unreached.gradient[0] == Scalar(100));
}

BOOST_AUTO_TEST_CASE(a_small_norm_stays) {
  Parameter a = with_gradient(Matrix{3, 4});
  const std::vector<Parameter*> all = {&a};
  BOOST_TEST(clip_gradient_norm(all, 6.0) == 5.0);
  BOOST_TEST(a.gradient[0] == Scalar(3));
}

// The sum of many: 4,096 squares are added in Scalar, in four vectors of 16 bytes or more; and 245
// such blocks in double, whose rounding is nothing to a float's. Each addition rounds by half a
// unit at most, and the root halves what comes of it: 190 units in double, 64 in float. With two
// doubles in a vector 38 were found, with four 10 (in float 3); without blocks 1,525 (85).
BOOST_AUTO_TEST_CASE(a_long_gradient) {
  Parameter a = with_gradient(Matrix(1000, 1000, arma::fill::value(Scalar(0.1))));
  const std::vector<Parameter*> all = {&a};
  const double lanes = 4 * 16.0 / sizeof(Scalar);
  const double additions = 4096 / lanes + (sizeof(Scalar) == sizeof(double) ? 245 : 0);
  BOOST_TEST(std::abs(gradient_norm(all) - 100) <= 100 * additions / 4 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(bad_norm) {
  BOOST_CHECK_EXCEPTION(clip_gradient_norm({}, 0.0), Error,
                        says("max_norm must be above 0, got 0"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
