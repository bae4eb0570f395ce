#include <cmath>

#include "evenkeel/ops/dropout.hpp"
#include "support.hpp"

using namespace evenkeel_test;

namespace {

Matrix ones(Index rows, Index cols) {
  return Matrix(rows, cols, arma::fill::ones);
}

// What dropout makes of ones: its mask.
Matrix mask(Index rows, Index cols, double p, std::uint64_t seed) {
  Tape tape;
  return dropout(tape.constant(ones(rows, cols)), p, seed).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(dropping)

BOOST_AUTO_TEST_CASE(zeros_or_scales) {
  for (const double p : {0.1, 0.5, 0.75}) {
    const Scalar kept = static_cast<Scalar>(1 / (1 - p));
    for (const Scalar entry : mask(30, 40, p, 1)) BOOST_TEST((entry == 0 || entry == kept));
  }
}

// Kept entries are binomial with n trials of probability 1 − p: standard deviation √(n p (1−p)).
// 4.5 of them hold for all but 7 of a million seeds.
BOOST_AUTO_TEST_CASE(keeps_its_share_and_the_expectation) {
  const Index n = 100 * 1000;  // 25 streams of random numbers
  for (const double p : {0.01, 0.1, 0.5, 0.9}) {
    const Matrix drawn = mask(100, 1000, p, 17);
    const double kept = arma::accu(drawn != 0);
    const double allowed = 4.5 * std::sqrt(double(n) * p * (1 - p));
    BOOST_TEST(std::abs(kept - double(n) * (1 - p)) <= allowed, "p " << p << ", kept " << kept);
    const double mean = kept * (1 / (1 - p)) / double(n);
    BOOST_TEST(std::abs(mean - 1) <= allowed / (1 - p) / double(n));
  }
}

BOOST_AUTO_TEST_CASE(same_seed_same_mask_for_every_number_of_threads) {
  const WithThreads alone(1);
  const Matrix expected = mask(70, 1000, 0.3, 5);
  for (const int threads : {2, 7}) {
    const WithThreads scope(threads);
    BOOST_TEST(same_bits(mask(70, 1000, 0.3, 5), expected));
  }
}

// Two independent masks agree in a share p² + (1−p)² of the entries, here ½.
BOOST_AUTO_TEST_CASE(other_seeds_other_blocks_other_masks) {
  const Index block = 4096;
  const Matrix one = mask(block, 2, 0.5, 1);
  const Matrix two = mask(block, 2, 0.5, 2);
  const double allowed = 4.5 * std::sqrt(double(block) / 4);
  const auto differ_by_chance = [&](const Matrix& a, const Matrix& b) {
    return std::abs(double(arma::accu(a == b)) - double(block) / 2) <= allowed;
  };
  BOOST_TEST(differ_by_chance(one.col(0), two.col(0)));
  BOOST_TEST(differ_by_chance(one.col(0), one.col(1)));
  BOOST_TEST(differ_by_chance(one.col(1), two.col(0)));  // neighbouring seeds share no block
}

BOOST_AUTO_TEST_CASE(backward_drops_the_same_entries) {
  Tape tape;
  const Var x = tape.variable(Random(1).normal(20, 30));
  const Var y = dropout(x, 0.4, 9);
  tape.backward(y, ones(20, 30));
  const Matrix expected = x.gradient() % x.value();
  BOOST_TEST(same_bits(y.value(), expected));
  BOOST_TEST(arma::accu(x.gradient() == 0) > 0);
}

BOOST_AUTO_TEST_CASE(from_a_generator) {
  Tape tape;
  const Var x = tape.constant(ones(20, 30));
  Random random(3), again(3);
  const Var first = dropout(x, 0.5, random);
  const Var second = dropout(x, 0.5, random);
  BOOST_TEST(!same_bits(first.value(), second.value()));
  BOOST_TEST(same_bits(first.value(), dropout(x, 0.5, again).value()));
  dropout(x, 0, again);  // draws its number all the same
  BOOST_TEST(random.uniform() == again.uniform());
}

BOOST_AUTO_TEST_CASE(nothing_to_drop_is_no_node) {
  Tape tape;
  const Var x = tape.variable(ones(2, 3));
  BOOST_TEST(dropout(x, 0, 1).index() == x.index());
  DropoutLayer layer(0.5, 1);
  layer.eval();
  BOOST_TEST(layer(x).index() == x.index());
  BOOST_TEST(tape.size() == 1);
  layer.train();
  BOOST_TEST(layer(x).index() == 1);
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var x = tape.variable(ones(2, 3));
  const auto text = says("[dropout] p must be at least 0 and below 1, got 1");
  BOOST_CHECK_EXCEPTION(dropout(x, 1, 1), Error, text);
  BOOST_CHECK_EXCEPTION(dropout(x, -0.1, 1), Error, says("below 1, got -0.1"));
  BOOST_CHECK_EXCEPTION(dropout(x, std::nan(""), 1), Error, says("below 1, got nan"));
  BOOST_CHECK_EXCEPTION(DropoutLayer(1, 1), Error, text);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
