#include <cmath>

#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "support.hpp"

using namespace evenkeel_test;

namespace {

constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();

// f's values and derivatives at x, by the tape.
void check(const std::function<Var(Var)>& f, const Numbers& x, const Numbers& value,
           const Numbers& derivative) {
  Tape tape;
  const Var in = tape.variable(x);
  const Var y = f(in);
  check_close(y.value(), value);
  Matrix dy(x.n_rows, x.n_cols, arma::fill::value(3));
  tape.backward(y, dy);
  check_close(in.gradient() / 3, derivative);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(elementwise)

BOOST_AUTO_TEST_CASE(values_and_derivatives_by_hand) {
  const double e = std::exp(1.0);
  check([](Var x) { return exp(x); }, {{0, 1, -1}}, {{1, e, 1 / e}}, {{1, e, 1 / e}});
  check([](Var x) { return log(x); }, {{1, e, 0.5}}, {{0, 1, -std::log(2.0)}}, {{1, 1 / e, 2}});
  check([](Var x) { return sqrt(x); }, {{1, 4, 0.25}}, {{1, 2, 0.5}}, {{0.5, 0.25, 1}});
  check([](Var x) { return square(x); }, {{0, 3, -2}}, {{0, 9, 4}}, {{0, 6, -4}});
  check([](Var x) { return pow(x, 3); }, {{0, 2, -2}}, {{0, 8, -8}}, {{0, 12, 12}});
  check([](Var x) { return pow(x, -1); }, {{1, 2, -4}}, {{1, 0.5, -0.25}}, {{-1, -0.25, -0.0625}});
  check([](Var x) { return pow(x, 0.5); }, {{1, 4}}, {{1, 2}}, {{0.5, 0.25}});
  check([](Var x) { return pow(x, 0); }, {{0, 2, -3}}, {{1, 1, 1}}, {{0, 0, 0}});
  check([](Var x) { return abs(x); }, {{0, 3, -2}}, {{0, 3, 2}}, {{0, 1, -1}});
}

BOOST_AUTO_TEST_CASE(activations_by_hand) {
  check([](Var x) { return relu(x); }, {{0, 3, -2}}, {{0, 3, 0}}, {{0, 1, 0}});
  check([](Var x) { return leaky_relu(x, 0.25); }, {{0, 3, -2}}, {{0, 3, -0.5}}, {{0.25, 1, 0.25}});
  check([](Var x) { return leaky_relu(x); }, {{-1}}, {{-0.01}}, {{0.01}});
  // tanh and sigmoid are rational where exp(x) is: tanh(log 2) = 3/5, sigmoid(log 3) = 3/4
  const double ln2 = std::log(2.0), ln3 = std::log(3.0);
  check([](Var x) { return tanh(x); }, {{0, ln2, -ln2}}, {{0, 0.6, -0.6}}, {{1, 0.64, 0.64}});
  check([](Var x) { return sigmoid(x); }, {{0, ln3, -ln3}}, {{0.5, 0.75, 0.25}},
        {{0.25, 0.1875, 0.1875}});
  check([](Var x) { return silu(x); }, {{0, ln3}}, {{0, 0.75 * ln3}}, {{0.5, 0.75 + 0.1875 * ln3}});
  // Φ(1) and φ(1) from Abramowitz & Stegun 1964, table 26.1
  const double cumulative = 0.841344746068543, density = 0.241970724519143;
  check([](Var x) { return gelu(x); }, {{0, 1, -1}}, {{0, cumulative, cumulative - 1}},
        {{0.5, cumulative + density, 1 - cumulative - density}});
  // x/2 (1 + tanh(u)) at x = 1: u = √(2/π) · 1.044715, u' = √(2/π) · 1.134145
  const double root = std::sqrt(2 / std::acos(-1.0)), t = std::tanh(root * 1.044715);
  check([](Var x) { return gelu(x, Gelu::tanh); }, {{0, 1, -1}}, {{0, (1 + t) / 2, (t - 1) / 2}},
        {{0.5, (1 + t + (1 - t * t) * root * 1.134145) / 2,
          (1 - t - (1 - t * t) * root * 1.134145) / 2}});
}

BOOST_AUTO_TEST_CASE(far_out_nothing_overflows) {
  const Matrix far = Numbers{{-1e4, 1e4}};
  check([](Var x) { return sigmoid(x); }, far, {{0, 1}}, {{0, 0}});
  check([](Var x) { return tanh(x); }, far, {{-1, 1}}, {{0, 0}});
  check([](Var x) { return silu(x); }, far, {{0, 1e4}}, {{0, 1}});
  check([](Var x) { return gelu(x); }, far, {{0, 1e4}}, {{0, 1}});
  check([](Var x) { return gelu(x, Gelu::tanh); }, far, {{0, 1e4}}, {{0, 1}});
}

BOOST_AUTO_TEST_CASE(gelu_keeps_its_digits_in_the_tail) {
  // Φ(−4) = 3.16712418331e-5 (the same table): 1 + erf would keep half of the digits in float
  Tape tape;
  const Scalar y = gelu(tape.constant(Numbers{{-4}})).value()(0, 0);
  BOOST_TEST(std::abs(y / (-4 * 3.1671241833119924e-5) - 1) < 64 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(outside_the_domain_it_is_ieee) {
  Tape tape;
  BOOST_TEST(log(tape.constant(Numbers{{0}})).value()(0, 0) == -infinity);
  BOOST_TEST(std::isnan(sqrt(tape.constant(Numbers{{-1}})).value()(0, 0)));
  tape.check_finite(true);
  const Var x = tape.constant(Numbers{{1, 0}});
  BOOST_CHECK_EXCEPTION(log(x), Error, says("[log] made the first NaN or Inf"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
