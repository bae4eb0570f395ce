#include "evenkeel/nn/init.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "says.hpp"

using namespace evenkeel;

namespace {

constexpr WeightShape shape{.out = 60, .in = 20, .window = 9};  // fan in 180, fan out 540

double mean_square(const Matrix& w) {
  return static_cast<double>(arma::accu(arma::square(w))) / static_cast<double>(w.n_elem);
}

double distance_from_identity(const Matrix& product, double size) {
  const Matrix expected = static_cast<Scalar>(size) * arma::eye<Matrix>(arma::size(product));
  return static_cast<double>(arma::abs(product - expected).max());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nn)
BOOST_AUTO_TEST_SUITE(init)

BOOST_AUTO_TEST_CASE(formulas) {
  const auto close = [](double a, double b) { return std::abs(a - b) <= 1e-15; };
  BOOST_TEST(close(lecun.sd(shape), std::sqrt(1.0 / 180)));
  BOOST_TEST(close(he.sd(shape), std::sqrt(2.0 / 180)));
  BOOST_TEST(close(xavier.sd(shape), std::sqrt(2.0 / (180 + 540))));
  BOOST_TEST(close(Init{.fan = Init::Fan::out}.sd(shape), std::sqrt(1.0 / 540)));
  BOOST_TEST(close(gain::leaky_relu(1), 1));
  BOOST_TEST(close(gain::leaky_relu(0), gain::relu));
  const double pi = std::acos(-1.0);
  BOOST_TEST(close(gain::standardized_relu * std::sqrt(0.5 - 0.5 / pi), 1));
}

// The mean square of n entries is off by a share of √(2/n) (normal) or √(0.8/n) (uniform)
// in one standard deviation; four are allowed.
BOOST_AUTO_TEST_CASE(weights_have_the_sd_of_the_formula) {
  Random random(1);
  const double share = 4 * std::sqrt(2.0 / (60 * 180));
  for (Init init : {lecun, he, xavier, Init{.gain = gain::tanh, .draw = Init::Draw::uniform}}) {
    const Matrix w = init(shape, random);
    BOOST_TEST((w.n_rows == 60 && w.n_cols == 180));
    const double sd = init.sd(shape);
    BOOST_TEST(std::abs(mean_square(w) / (sd * sd) - 1) <= share);
    const double most = static_cast<double>(arma::abs(w).max()) / (std::sqrt(3.0) * sd);
    if (init.draw == Init::Draw::uniform) {
      BOOST_TEST((most > 0.999 && most <= 1.000001));
    } else {
      BOOST_TEST(most > 1.5);
    }
  }
}

// QR in double is orthogonal to some n·eps; a float matrix rounds each entry once more.
BOOST_AUTO_TEST_CASE(orthogonal_weights) {
  Random random(2);
  const double rounding = 64 * static_cast<double>(machine_epsilon);
  const Matrix tall = orthogonal({.out = 40, .in = 16}, random);
  const Matrix tall_product = tall.t() * tall;
  BOOST_TEST(distance_from_identity(tall_product, 1) <= rounding);
  const Init twice{.gain = 2, .draw = Init::Draw::orthogonal};
  const Matrix flat = twice(shape, random);
  const Matrix flat_product = flat * flat.t();
  BOOST_TEST(distance_from_identity(flat_product, 4) <= 4 * rounding);
  BOOST_TEST(std::abs(std::sqrt(mean_square(flat)) - twice.sd(shape)) <= rounding);
  const Matrix square = orthogonal({.out = 24, .in = 24}, random);
  const Matrix outer = square * square.t();
  BOOST_TEST(distance_from_identity(outer, 1) <= rounding);
}

// Uniform among all orthogonal matrices: the mean of an entry over draws is 0, with standard
// deviation 1/√(4·400). QR alone leaves a sign that depends on the method.
BOOST_AUTO_TEST_CASE(orthogonal_weights_have_no_preferred_sign) {
  Random random(3);
  double first = 0, last = 0;
  for (int i = 0; i < 400; ++i) {
    const Matrix w = orthogonal({.out = 4, .in = 4}, random);
    first += static_cast<double>(w(0, 0)) / 400;
    last += static_cast<double>(w(3, 3)) / 400;
  }
  BOOST_TEST(std::abs(first) <= 4 / std::sqrt(1600.0));
  BOOST_TEST(std::abs(last) <= 4 / std::sqrt(1600.0));
}

BOOST_AUTO_TEST_CASE(errors) {
  Random random(1);
  BOOST_CHECK_EXCEPTION(he({.out = 3, .in = 0}, random), Error,
                        says("[init] weights need outputs, inputs and a window, got 3, 0 and 1"));
  BOOST_CHECK_EXCEPTION(Init{.gain = -1}(shape, random), Error, says("gain must be at least 0"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
