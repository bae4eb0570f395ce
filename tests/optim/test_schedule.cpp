#include "evenkeel/optim/schedule.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

#include "evenkeel/core/shape.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(optim)
BOOST_AUTO_TEST_SUITE(schedule)

const auto close = boost::test_tools::tolerance(1e-12);

BOOST_AUTO_TEST_CASE(warm_up_rises_in_a_line) {
  const WarmupSchedule rate{1.0, 4};
  BOOST_TEST(rate(0) == 0.2, close);
  BOOST_TEST(rate(3) == 0.8, close);
  BOOST_TEST(rate(4) == 1.0);
  BOOST_TEST(rate(1000) == 1.0);
}

BOOST_AUTO_TEST_CASE(cosine_from_peak_to_floor) {
  const CosineSchedule rate{1.0, 0.1, 10, 110};
  BOOST_TEST(rate(9) == 10.0 / 11, close);
  BOOST_TEST(rate(10) == 1.0, close);
  BOOST_TEST(rate(60) == 0.55, close);  // half way
  BOOST_TEST(rate(110) == 0.1);
  BOOST_TEST(rate(9999) == 0.1);
}

BOOST_AUTO_TEST_CASE(numbers_that_make_no_sense_are_errors) {
  const auto refuses = [](const auto& rate, const std::string& text) {
    BOOST_CHECK_EXCEPTION(rate(0), Error, says(text));
    BOOST_CHECK_EXCEPTION(rate(9999), Error, says(text));
  };
  using Cosine = CosineSchedule;
  refuses(Cosine{0.1}, "[cosine_schedule] total must be above warmup (0), got 0");
  refuses(Cosine{1, 0, 10, 10}, "[cosine_schedule] total must be above warmup (10), got 10");
  refuses(Cosine{1, 0, 10, 5}, "[cosine_schedule] total must be above warmup (10), got 5");
  refuses(Cosine{-1, 0, 0, 5}, "[cosine_schedule] learning_rate must be finite and at least 0");
  refuses(Cosine{1, NAN, 0, 5}, "[cosine_schedule] min_learning_rate must be finite");
  refuses(WarmupSchedule{NAN, 4}, "[warmup_schedule] learning_rate must be finite");
  BOOST_TEST((Cosine{1, 0, 4, 5}(4)) == 1.0);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
