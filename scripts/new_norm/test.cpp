#include "evenkeel/norm/my_norm.hpp"

#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(my_norm_of)

BOOST_AUTO_TEST_CASE(numbers_by_hand) {
  Tape tape;
  const Matrix x = {{3, 1}, {4, 1}};  // two features × two samples
  const Matrix expected = {};         // write here: what your formula makes of them, on paper
  const Matrix y = my_norm(tape.constant(x)).value();
  BOOST_REQUIRE_MESSAGE(!expected.empty(), "write the numbers into tests/norm/test_my_norm.cpp");
  BOOST_TEST(largest_difference(y, expected) <= 1e-4);
}

BOOST_AUTO_TEST_CASE(gradients) {
  const GradientReport report = gradient_check(
      [](Tape&, std::span<const Var> in) { return my_norm(in[0]); }, {random_matrix(6, 4)});
  BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
}

BOOST_AUTO_TEST_CASE(what_it_does_not_notice) {
  const Matrix x = random_matrix(6, 4);
  BOOST_TEST(scale_invariance(my_norm, x) <= 1e-4);  // up to eps
  BOOST_TEST(sample_independence(my_norm, x) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_column_of_zeros) {
  Tape tape;
  const Var x = tape.variable(Matrix(6, 2, arma::fill::zeros));
  const Var y = my_norm(x);
  tape.backward(y, random_matrix(6, 2));
  BOOST_TEST(y.value().is_finite());  // divided by 0? That is what eps is for
  BOOST_TEST(x.gradient().is_finite());
}

BOOST_AUTO_TEST_CASE(the_layer_learns_gamma_and_beta) {
  MyNorm norm(6);
  Tape tape;
  tape.backward(norm(tape.constant(random_matrix(6, 4))), random_matrix(6, 4, 2));
  BOOST_TEST(norm.parameters().size() == 2u);
  BOOST_TEST(without_gradient(norm.parameters()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
