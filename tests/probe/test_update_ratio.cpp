#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/core/random.hpp"
#include "evenkeel/probe/update_ratio.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(probe)
BOOST_AUTO_TEST_SUITE(update_ratio)

namespace {

// w, and w as it moves by a tenth of itself: some roundings of the entries, relative to the update
const double rounding = 100.0 * static_cast<double>(machine_epsilon);

bool near(double a, double b) {
  return std::abs(a - b) <= rounding * std::abs(b);
}

}  // namespace

BOOST_AUTO_TEST_CASE(by_hand) {
  Parameter w(Matrix{{1, 3}, {5, 7}});  // σ = √5
  UpdateRatio ratio(std::vector{&w});
  ratio.before_step();
  w.value += Matrix{{1, 0}, {-1, 0}};  // σ = √½
  BOOST_TEST(near(ratio.after_step().at(0), std::sqrt(0.1)));
}

BOOST_AUTO_TEST_CASE(each_parameter_on_its_own_and_each_step_anew) {
  Random random(1);
  Parameter a(random.normal(20, 30)), b(random.normal(5, 1));
  UpdateRatio ratio(std::vector{&a, &b});
  for (const double factor : {0.5, 0.9}) {
    ratio.before_step();
    a.value *= static_cast<Scalar>(factor);  // the ratio is 1 − factor, whatever a is
    const std::vector<double> found = ratio.after_step();
    BOOST_REQUIRE(found.size() == 2u);
    BOOST_TEST(near(found[0], 1 - factor));
    BOOST_TEST(found[1] == 0.0);
  }
}

BOOST_AUTO_TEST_CASE(a_shift_of_all_entries_is_no_spread) {
  Parameter w(Matrix{{1, 2}, {4, 8}});
  UpdateRatio ratio(std::vector{&w});
  ratio.before_step();
  w.value += 1;
  BOOST_TEST(ratio.after_step().at(0) == 0.0);
}

BOOST_AUTO_TEST_CASE(equal_entries_have_no_scale) {
  Parameter gamma(Matrix(3, 1, arma::fill::ones)), beta(Matrix(3, 1, arma::fill::zeros));
  UpdateRatio ratio(std::vector{&gamma, &beta});
  ratio.before_step();
  gamma.value[1] = 2;
  const std::vector<double> found = ratio.after_step();
  BOOST_TEST(std::isinf(found[0]));
  BOOST_TEST(found[1] == 0.0);
}

BOOST_AUTO_TEST_CASE(needs_the_weights_from_before) {
  Parameter w(Matrix{{1, 2}});
  UpdateRatio ratio(std::vector{&w});
  BOOST_CHECK_EXCEPTION(ratio.after_step(), Error, says("needs a before_step()"));
  ratio.before_step();
  ratio.after_step();
  BOOST_CHECK_EXCEPTION(ratio.after_step(), Error, says("needs a before_step()"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
