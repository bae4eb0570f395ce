// How far the fast functions are from the truth, in units in the last place: the bounds that
// src/kernels/simd.hpp states, with 0.1 for the grid's luck.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "support.hpp"

using namespace evenkeel;

namespace evenkeel_test {
struct WithFastKernels : WithKernels {
  WithFastKernels() : WithKernels(Kernels::fast) {}
};
}  // namespace evenkeel_test

namespace {

// |got − truth| over the distance of the numbers around the truth
double ulps(Scalar got, long double truth) {
  int exponent;
  std::frexp(static_cast<double>(truth), &exponent);
  const long double unit = std::ldexp(1.0L, exponent - std::numeric_limits<Scalar>::digits);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - truth) / unit);
}

double worst(const std::function<Var(Var)>& f, const std::function<long double(long double)>& truth,
             double from, double to) {
  const Matrix x =
      arma::linspace<Matrix>(static_cast<Scalar>(from), static_cast<Scalar>(to), 200003);
  Tape tape;
  const Var y = f(tape.constant(x));
  double most = 0;
  for (Index i = 0; i < x.n_elem; ++i) {
    if (x[i] != 0) most = std::max(most, ulps(y.value()[i], truth(x[i])));
  }
  return most;
}

constexpr bool in_float = sizeof(Scalar) == 4;

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_FIXTURE_TEST_SUITE(accuracy, evenkeel_test::WithFastKernels)

BOOST_AUTO_TEST_CASE(exponential) {
  const auto truth = [](long double x) { return std::exp(x); };
  BOOST_TEST(worst([](Var x) { return exp(x); }, truth, -80, 80) <= (in_float ? 1.6 : 1.0));
}

BOOST_AUTO_TEST_CASE(hyperbolic_tangent) {
  const auto truth = [](long double x) { return std::tanh(x); };
  BOOST_TEST(worst([](Var x) { return tanh(x); }, truth, -10, 10) <= 1.4);
  BOOST_TEST(worst([](Var x) { return tanh(x); }, truth, -1e-3, 1e-3) <= 1.4);
}

// 1 / (1 + e^−x): one rounding each for the sum and the quotient come to the exponential's.
BOOST_AUTO_TEST_CASE(logistic_function) {
  const auto truth = [](long double x) { return 1 / (1 + std::exp(-x)); };
  BOOST_TEST(worst([](Var x) { return sigmoid(x); }, truth, -30, 30) <= 4.0);
}

// x Φ(x) = ½ x erfc(−x/√2). −x/√2 is off by up to one unit, its constant's and its
// product's rounding, which moves erfc by up to 2x² units where it is small;
// erfc's own error and the products come to 3.5.
BOOST_AUTO_TEST_CASE(gelu_through_the_error_function) {
  const Matrix x = arma::linspace<Matrix>(-9, 9, 200004);
  Tape tape;
  const Var y = gelu(tape.constant(x), Gelu::exact);
  double most = 0;
  for (Index i = 0; i < x.n_elem; ++i) {
    const long double truth = 0.5L * x[i] * std::erfc(-x[i] / std::sqrt(2.0L));
    const double allowed = 3.5 + (x[i] < 0 ? 2.0 * x[i] * x[i] : 0.0);
    most = std::max(most, ulps(y.value()[i], truth) / allowed);
  }
  BOOST_TEST(most <= 1);
  BOOST_TEST(most > 0);
}

// A number's result does not depend on where in the matrix it stands.
BOOST_AUTO_TEST_CASE(the_same_everywhere) {
  Tape tape;
  const Matrix x(37, 1, arma::fill::value(Scalar(0.7)));
  for (Var y : {exp(tape.constant(x)), tanh(tape.constant(x)), sigmoid(tape.constant(x)),
                gelu(tape.constant(x), Gelu::exact)}) {
    BOOST_TEST(y.value().max() == y.value().min());
  }
}

BOOST_AUTO_TEST_CASE(at_the_ends) {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  Tape tape;
  const Var x = tape.constant(Matrix{-infinity, Scalar(-1000), 0, Scalar(1000), infinity});
  const Matrix e = exp(x).value();
  BOOST_TEST((e[0] == 0 && e[1] == 0 && e[2] == 1 && e[3] == infinity && e[4] == infinity));
  const Matrix t = tanh(x).value();
  BOOST_TEST((t[0] == -1 && t[1] == -1 && t[2] == 0 && t[3] == 1 && t[4] == 1));
  const Matrix s = sigmoid(x).value();
  BOOST_TEST((s[0] == 0 && s[1] == 0 && s[2] == Scalar(0.5) && s[3] == 1 && s[4] == 1));
  const Matrix g = gelu(x, Gelu::exact).value();
  BOOST_TEST((g[1] == 0 && g[2] == 0 && g[3] == 1000 && g[4] == infinity));
  const Matrix nan(20, 1, arma::fill::value(std::numeric_limits<Scalar>::quiet_NaN()));
  for (Var y : {exp(tape.constant(nan)), tanh(tape.constant(nan)), sigmoid(tape.constant(nan)),
                gelu(tape.constant(nan), Gelu::exact)}) {
    BOOST_TEST(y.value().has_nan());
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
