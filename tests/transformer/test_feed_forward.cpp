#include "evenkeel/transformer/block.hpp"

#include <boost/test/unit_test.hpp>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(feed_forward)

BOOST_AUTO_TEST_CASE(each_nonlinearity_by_its_formula) {
  for (Nonlinearity which :
       {Nonlinearity::relu, Nonlinearity::gelu, Nonlinearity::gelu_tanh, Nonlinearity::swiglu}) {
    Random random(1);
    FeedForward f({.features = 6, .hidden = 10, .nonlinearity = which}, random);
    Tape tape;
    const Var x = tape.constant(random.normal(6, 4));
    const Var h = f.up(x);
    Var expected = relu(h);
    if (which == Nonlinearity::gelu) expected = gelu(h, Gelu::exact);
    if (which == Nonlinearity::gelu_tanh) expected = gelu(h, Gelu::tanh);
    if (which == Nonlinearity::swiglu) expected = silu((*f.gate)(x)) % h;
    BOOST_TEST((arma::approx_equal(f(x).value(), f.down(expected).value(), "absdiff", 0)));
  }
}

BOOST_AUTO_TEST_CASE(names) {
  Random random(1);
  FeedForward f({.features = 6, .hidden = 10, .nonlinearity = Nonlinearity::swiglu, .bias = false},
                random);
  const auto named = f.named_parameters();
  BOOST_TEST_REQUIRE(named.size() == 3u);
  BOOST_TEST(named[0].name == "up.weight");
  BOOST_TEST(named[1].name == "gate.weight");
  BOOST_TEST(named[2].name == "down.weight");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
