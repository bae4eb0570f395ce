#include <boost/test/unit_test.hpp>

#include "evenkeel/core/shape.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(core)
BOOST_AUTO_TEST_SUITE(shape)

BOOST_AUTO_TEST_CASE(shapes) {
  const Shape s = shape_of(Matrix(64, 100));
  BOOST_TEST(to_string(s) == "64×100");
  BOOST_TEST(s.size() == 6400);
  BOOST_TEST((s == Shape{64, 100}));
  BOOST_TEST((s != Shape{100, 64}));
  BOOST_TEST(to_string(shape_of(Matrix())) == "0×0");
}

BOOST_AUTO_TEST_CASE(a_check_says_what_was_expected_and_what_came) {
  const Matrix gamma(32, 1);
  require_shape("layer_norm", "gamma", gamma, {32, 1}, "to match x (32×100)");
  BOOST_CHECK_EXCEPTION(require_shape("layer_norm", "gamma", gamma, {64, 1}, "to match x (64×100)"),
                        Error,
                        says("[layer_norm] gamma must be 64×1 to match x (64×100), got 32×1"));
  BOOST_CHECK_THROW(require_shape("layer_norm", "gamma", gamma, {1, 32}, ""), Error);
}

BOOST_AUTO_TEST_CASE(two_of_one_shape) {
  require_same_shape("mse", "x", Matrix(2, 3), "target", Matrix(2, 3));
  BOOST_CHECK_EXCEPTION(require_same_shape("mse", "x", Matrix(2, 3), "target", Matrix(3, 2)), Error,
                        says("[mse] x and target must have one shape, got 2×3 and 3×2"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
