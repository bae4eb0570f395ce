#include "evenkeel/variants/residual_scale.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/core/random.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(variants)
BOOST_AUTO_TEST_SUITE(residual_scale)

BOOST_AUTO_TEST_CASE(each_starts_as_its_paper_says) {
  Tape tape;
  const Matrix x = Random(1).normal(6, 3);
  const Matrix zero = re_zero()(tape.constant(x)).value();
  const Matrix small = layer_scale(6, 0.25)(tape.constant(x)).value();
  BOOST_TEST((arma::approx_equal(zero, Matrix(0 * x), "absdiff", 0)));
  BOOST_TEST((arma::approx_equal(small, Matrix(x / 4), "absdiff", 0)));
  BOOST_TEST(re_zero().parameters().front()->value.n_elem == 1u);
  BOOST_TEST(layer_scale(6).parameters().front()->value.n_elem == 6u);
}

// Also where a scale of 0 lets nothing through to the branch: it still learns itself.
BOOST_AUTO_TEST_CASE(gradients) {
  Parameter w(Random(2).normal(6, 6), "w");
  for (ResidualScale scale : {re_zero(), layer_scale(6, 0.3), layer_scale(2, 0.3)}) {
    const GradientReport report = gradient_check(
        [&](Tape&, std::span<const Var> in) { return in[0] + scale(tanh(linear(in[0], w))); },
        {Random(3).normal(6, 4)});
    BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
  }
}

// Three weights in a branch and 16 branches: 16^(−1/4) = 1/2, and the last is 0.
BOOST_AUTO_TEST_CASE(fixup_by_hand) {
  Parameter a(Matrix(2, 2, arma::fill::ones)), b = a, c = a, d = a;
  Parameter* const three[] = {&a, &b, &c};
  fixup(three, 16);
  BOOST_TEST(std::abs(a.value(0, 0) - 0.5) <= machine_epsilon);
  BOOST_TEST(std::abs(b.value(1, 1) - 0.5) <= machine_epsilon);
  BOOST_TEST(arma::abs(c.value).max() == 0);
  Parameter* const two[] = {&d, &c};
  fixup(two, 16);  // m = 2: 16^(−1/2)
  BOOST_TEST(std::abs(d.value(0, 0) - 0.25) <= machine_epsilon);
  Parameter* const one[] = {&a};
  BOOST_CHECK_EXCEPTION(fixup(one, 16), Error, says("[fixup] needs two weights"));
  BOOST_CHECK_EXCEPTION(fixup(two, 0), Error, says("got 2 and 0"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
