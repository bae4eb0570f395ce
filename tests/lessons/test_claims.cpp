#include <boost/test/unit_test.hpp>

#include <limits>

#include "claims.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(claims)

Claim claim(double low, double high) {
  return {"growth", low, high, Accepted{2.5, 3.0, "theory 2.83"}};
}

BOOST_AUTO_TEST_CASE(a_claim_holds_where_every_value_lies_in_the_band) {
  BOOST_TEST(claim(2.5, 3.0).holds());
  BOOST_TEST(!claim(2.4, 2.8).holds());
  BOOST_TEST(!claim(2.8, 3.1).holds());
  BOOST_TEST(!claim(std::numeric_limits<double>::quiet_NaN(), 2.8).holds());
  Claim shown = claim(7, 7);
  shown.judged = false;
  BOOST_TEST(shown.holds());
  BOOST_TEST(all_hold({claim(2.6, 2.7), shown}));
  BOOST_TEST(!all_hold({claim(2.6, 2.7), claim(7, 7)}));
}

BOOST_AUTO_TEST_CASE(a_claim_that_fails_says_by_how_much) {
  const std::string text = to_string({claim(3.5, 3.5)}, Terminal{});
  BOOST_TEST(text.find("✗") != std::string::npos);
  BOOST_TEST(text.find("above the band by 0.500") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_band_is_as_wide_as_the_seeds_are_few) {
  const auto is = [](const Accepted& band, double low, double high) {
    BOOST_TEST(band.low == low, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(band.high == high, boost::test_tools::tolerance(1e-12));
  };
  is(between(1, 2, "theory")(9), 1, 2);
  is(mean_near(2, 0.3, "theory")(9), 1.7, 2.3);  // 3 standard errors, sd/√n
  is(means_near(2, 3, 0.3, "theory")(9), 1.7, 3.3);
  is(mean_like(2, 0.3, 16)(9), 1.625, 2.375);  // 3·sd·√(1/16 + 1/9)
  is(mean_like(0.1, 0.3, 16)(9), 0, 0.475);
  is(median_near(2, 0.3, "theory")(9), 1.5, 2.5);  // 4 standard errors of 1.25·sd/√n
  is(medians_near(2, 3, 0.3, "theory")(9), 1.5, 3.5);
  BOOST_TEST(mean_like(2, 0.3, 16)(9).because == "16 seeds: 2");
}

BOOST_AUTO_TEST_CASE(a_claim_without_a_band_is_shown_and_not_judged) {
  const Claim unknown{"growth", 7, 7};
  BOOST_TEST(unknown.holds());
  const std::string text = to_string({unknown}, Terminal{});
  BOOST_TEST(text.find("· growth  7.00   no band known") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_number_in_a_title_must_be_drawn_or_claimed) {
  const auto unfounded = [](const std::string& title) {
    Chart chart(title);
    chart.line("", {1, 2}, {24'871.4, 0.04}, colour::batch);
    return unfounded_numbers(chart, {claim(2.79, 2.79)});
  };
  BOOST_TEST(unfounded("σ grows 2.8× per layer and ends near 25,000").empty());  // as they round
  BOOST_TEST(unfounded("σ grows 2.7× per layer") == (std::vector<std::string>{"2.7"}));
  BOOST_TEST(unfounded("ends at 24,000") == (std::vector<std::string>{"24,000"}));
  BOOST_TEST(unfounded("2.7. It ends at 24,000.") == (std::vector<std::string>{"2.7", "24,000"}));
  BOOST_TEST(unfounded("after 10 layers").empty());  // a count
  BOOST_TEST(unfounded("after 10 layers 98 % is lost") == (std::vector<std::string>{"98"}));
  BOOST_TEST(unfounded("σ grows 7× per layer") == (std::vector<std::string>{"7"}));
  BOOST_TEST(unfounded("σ grows 3× per layer").empty());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
