#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/shape.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

// Standard errors allowed: a right generator exceeds five with a probability below one in a
// million, and the seed is fixed.
constexpr double five = 5;

struct Moments {
  double mean = 0;
  double variance = 0;
  double kurtosis = 0;
};

Moments moments(const std::vector<double>& x) {
  const double n = static_cast<double>(x.size());
  Moments m;
  for (const double v : x) m.mean += v / n;
  double fourth = 0;
  for (const double v : x) {
    m.variance += std::pow(v - m.mean, 2) / n;
    fourth += std::pow(v - m.mean, 4) / n;
  }
  m.kurtosis = fourth / (m.variance * m.variance);
  return m;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core)
BOOST_AUTO_TEST_SUITE(randoms)

BOOST_AUTO_TEST_CASE(the_engine_is_the_published_one) {
  Random random(5489);  // the default seed of std::mt19937_64
  random.engine().discard(9999);
  BOOST_TEST(random.engine()() == 9981545732273789042u);  // C++ standard, [rand.predef]
}

// Every platform must give these. They came out of Boost 1.74 on Linux, x86-64.
BOOST_AUTO_TEST_CASE(first_values_of_seed_46) {
  Random engine(46), uniform(46), normal(46), below(46), permutation(46);
  const double uniforms[] = {0.73303766159893458, 0.25072119799741338, 0.31304090028682174};
  const double normals[] = {-0.81156332968153533, 0.30632118866431884, -0.34190918053395841};
  const Index belows[] = {733, 250, 313};
  for (int i = 0; i < 3; ++i) {
    const double u = uniform.uniform();
    BOOST_TEST(u == uniforms[i]);
    BOOST_TEST(u == static_cast<double>(engine.engine()()) / std::exp2(64));
    BOOST_TEST(normal.normal() == normals[i]);
    BOOST_TEST(below.below(1000) == belows[i]);
  }
  const std::vector<Index> order = {2, 3, 6, 1, 5, 0, 4, 7};
  BOOST_TEST(permutation.permutation(8) == order, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(moments_of_the_normal_distribution) {
  const double n = 200000;
  Random random(1);
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& v : x) v = random.normal();
  const Moments m = moments(x);
  BOOST_TEST(std::abs(m.mean) < five * std::sqrt(1 / n));
  BOOST_TEST(std::abs(m.variance - 1) < five * std::sqrt(2 / n));
  BOOST_TEST(std::abs(m.kurtosis - 3) < five * std::sqrt(24 / n));
}

BOOST_AUTO_TEST_CASE(moments_of_the_uniform_distribution) {
  const double n = 200000;
  Random random(2);
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& v : x) v = random.uniform();
  BOOST_TEST(*std::min_element(x.begin(), x.end()) >= 0);
  BOOST_TEST(*std::max_element(x.begin(), x.end()) < 1);
  const Moments m = moments(x);
  // variance 1/12; of its estimate (μ₄ − σ⁴)/n = (1/80 − 1/144)/n
  BOOST_TEST(std::abs(m.mean - 0.5) < five * std::sqrt(1 / 12.0 / n));
  BOOST_TEST(std::abs(m.variance - 1 / 12.0) < five * std::sqrt((1 / 80.0 - 1 / 144.0) / n));
}

BOOST_AUTO_TEST_CASE(below_is_even) {
  Random random(3);
  const double n = 60000;
  std::vector<double> count(6);
  for (int i = 0; i < n; ++i) ++count.at(random.below(6));
  for (const double c : count) {
    BOOST_TEST(std::abs(c - n / 6) < five * std::sqrt(n * (1.0 / 6) * (5.0 / 6)));
  }
  BOOST_TEST(random.below(1) == 0);
  BOOST_CHECK_THROW(random.below(0), Error);
}

BOOST_AUTO_TEST_CASE(matrices) {
  Random one(4), other(4), single(4);
  const Matrix x = one.normal(30, 40, 2.5);
  BOOST_TEST((shape_of(x) == Shape{30, 40}));
  // The doubles in order down the columns, rounded to Scalar: the same numbers in both precisions
  for (const Scalar entry : x) BOOST_REQUIRE(entry == static_cast<Scalar>(2.5 * single.normal()));
  BOOST_TEST(arma::approx_equal(x, other.normal(30, 40, 2.5), "absdiff", Scalar(0)));
  BOOST_TEST(!arma::approx_equal(x, other.normal(30, 40, 2.5), "absdiff", Scalar(0)));

  const Matrix u = one.uniform(200, 200, -3, 5);
  BOOST_TEST(u.min() >= -3);
  BOOST_TEST(u.max() < 5);
  // Of 40,000 the nearest to a border is nearer than 8·20/40,000 but for one seed in e²⁰.
  BOOST_TEST(u.min() < -3 + 0.004);
  BOOST_TEST(u.max() > 5 - 0.004);
}

BOOST_AUTO_TEST_CASE(a_permutation_has_each_once) {
  Random random(5);
  for (const Index n : {0, 1, 2, 1000}) {
    std::vector<Index> order = random.permutation(n);
    std::sort(order.begin(), order.end());
    std::vector<Index> all(n);
    std::iota(all.begin(), all.end(), Index{0});
    BOOST_TEST(order == all, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(permutations_are_even) {
  Random random(6);
  const double n = 60000;
  std::vector<double> count(27);
  for (int i = 0; i < n; ++i) {
    const std::vector<Index> order = random.permutation(3);
    ++count.at(order[0] * 9 + order[1] * 3 + order[2]);
  }
  const double each = n / 6;
  const double spread = std::sqrt(n * (1.0 / 6) * (5.0 / 6));
  int seen = 0;
  for (const double c : count) {
    if (c == 0) continue;
    ++seen;
    BOOST_TEST(std::abs(c - each) < five * spread);
  }
  BOOST_TEST(seen == 6);
}

BOOST_AUTO_TEST_CASE(a_saved_state_goes_on_where_it_was) {
  for (const int before : {0, 1, 311, 312, 313, 1000}) {  // the engine renews 312 numbers at a time
    Random random(7), other(8);
    for (int i = 0; i < before; ++i) random.engine()();
    other.set_state(random.state());
    for (int i = 0; i < 700; ++i) BOOST_TEST_REQUIRE(random.engine()() == other.engine()());
    BOOST_TEST(random.normal() == other.normal());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_state_changes_nothing) {
  Random random(7);
  const std::string state = random.state();
  const std::string one_less = state.substr(0, state.rfind(' '));
  const std::string too_large = "18446744073709551616" + state.substr(state.find(' '));
  for (const std::string& text : {std::string(), std::string("1 2 3"), one_less, state + " 4",
                                  too_large, std::string("-") + state, state + "x"}) {
    BOOST_CHECK_EXCEPTION(random.set_state(text), Error, says("312 numbers"));
    BOOST_TEST(random.state() == state);
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
