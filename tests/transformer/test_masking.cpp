#include "evenkeel/transformer/masking.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>

#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(masking)

BOOST_AUTO_TEST_CASE(only_the_chosen_change_and_all_are_remembered) {
  std::vector<Index> tokens;
  for (Index i = 0; i < 200; ++i) tokens.push_back(i % 7);
  Random random(1);
  const MaskedTokens made = mask_tokens(tokens, 7, random);
  BOOST_TEST(made.places.size() == 30u);  // 15 % of 200
  BOOST_TEST(std::set(made.places.begin(), made.places.end()).size() == 30u);
  BOOST_TEST_REQUIRE(made.targets.size() == 30u);
  std::vector<Index> repaired = made.tokens;
  for (std::size_t i = 0; i < 30; ++i) repaired[made.places[i]] = made.targets[i];
  BOOST_TEST((repaired == tokens));
}

// 80 % mask, 10 % anything, 10 % as it was: shares of n chosen within 4 standard deviations,
// √(p(1 − p)/n). A random one of four words is the old one in a quarter of the cases.
BOOST_AUTO_TEST_CASE(shares) {
  const std::vector<Index> tokens(100000, 2);
  Random random(2);
  const MaskedTokens made = mask_tokens(tokens, 4, random);
  const double n = static_cast<double>(made.places.size());
  double masked = 0, kept = 0, replaced[4] = {};
  for (Index place : made.places) {
    if (made.tokens[place] == 4) {
      ++masked;
    } else if (made.tokens[place] == 2) {
      ++kept;
    } else {
      ++replaced[made.tokens[place]];
    }
  }
  const auto near = [n](double count, double p) {
    BOOST_TEST(std::abs(count / n - p) < 4 * std::sqrt(p * (1 - p) / n));
  };
  near(masked, 0.8);
  near(kept, 0.125);
  for (Index word : {0, 1, 3}) near(replaced[word], 0.025);
}

BOOST_AUTO_TEST_CASE(one_at_least_and_the_same_seed_the_same) {
  Random one(3), two(3);
  const MaskedTokens made = mask_tokens({0, 1, 2}, 3, one);
  BOOST_TEST(made.places.size() == 1u);
  BOOST_TEST((mask_tokens({0, 1, 2}, 3, two).tokens == made.tokens));
}

BOOST_AUTO_TEST_CASE(a_share_has_its_tokens_and_its_places) {
  const MaskedTokens whole{{5, 6, 9, 1, 9, 3}, {0, 2, 4}, {5, 7, 8}};
  const MaskedTokens middle = share_of(whole, 2, 5);
  BOOST_TEST((middle.tokens == std::vector<Index>{9, 1, 9}));
  BOOST_TEST((middle.places == std::vector<Index>{0, 2}));
  BOOST_TEST((middle.targets == std::vector<Index>{7, 8}));
  BOOST_TEST(share_of(whole, 5, 6).places.empty());
  BOOST_TEST(share_of(whole, 3, 3).tokens.empty());
  BOOST_TEST((share_of(whole, 0, 6).targets == whole.targets));
}

BOOST_AUTO_TEST_CASE(errors) {
  Random random(4);
  BOOST_CHECK_EXCEPTION(mask_tokens({}, 3, random), Error, says("there must be tokens"));
  BOOST_CHECK_EXCEPTION(mask_tokens({3}, 3, random), Error, says("below the mask 3, got 3"));
  BOOST_CHECK_EXCEPTION(share_of({{1, 2}, {}, {}}, 0, 3), Error, says("2 tokens, got 0 and 3"));
  BOOST_CHECK_EXCEPTION(share_of({{1, 2}, {}, {}}, 2, 1), Error, says("2 tokens, got 2 and 1"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
