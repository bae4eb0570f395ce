#include "evenkeel/variants/weight_standardization.hpp"

#include <cmath>

#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "norm/support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(variants)
BOOST_AUTO_TEST_SUITE(weight_standardization_of_rows)

// By hand: (1, 3) has mean 2 and variance 1, (−5, 5) mean 0 and variance 25; two inputs, gain 3.
BOOST_AUTO_TEST_CASE(each_row_on_its_own) {
  Tape tape;
  const Var w = tape.constant(Matrix{{1, 3}, {-5, 5}});
  const Matrix expected = Matrix{{-1, 1}, {-1, 1}} * (3 / std::sqrt(Scalar(2)));
  const Matrix found = weight_standardization(w, {.gain = 3, .eps = 0}).value();
  BOOST_TEST(largest_difference(found, expected) <= 4 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(gradients) {
  const GradientReport report = gradient_check(
      [](Tape&, std::span<const Var> in) {
        return weight_standardization(in[0], {.gain = 1.7, .eps = 1e-3});
      },
      {random_matrix(3, 7)});
  BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
}

// What standardizing does to the gradient: nothing of it is left along the row, or along (1, …, 1).
BOOST_AUTO_TEST_CASE(the_gradient_is_orthogonal_to_the_weights) {
  Tape tape;
  const Var w = tape.variable(random_matrix(4, 20));
  tape.backward(weight_standardization(w, {.eps = 0}), random_matrix(4, 20, 2));
  const Matrix along = arma::sum(w.gradient() % w.value(), 1);
  const Matrix total = arma::sum(w.gradient(), 1);
  BOOST_TEST(arma::abs(along).max() <= 100 * machine_epsilon);
  BOOST_TEST(arma::abs(total).max() <= 100 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var w = tape.constant(random_matrix(2, 3));
  check_error([&] { weight_standardization(w, {.eps = -1}); }, "eps must be at least 0");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
