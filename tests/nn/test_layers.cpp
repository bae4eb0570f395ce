#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/nn/any_layer.hpp"
#include "evenkeel/nn/linear_layer.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(nn)

BOOST_AUTO_TEST_CASE(linear_layer_is_w_x_plus_b) {
  Random random(1);
  LinearLayer layer(2, 3, random);
  layer.weight.value = Matrix("1 2; 3 4; 5 6");
  layer.bias.value = Matrix("10; 20; 30");
  Tape tape;
  const Matrix y = layer(tape.constant(Matrix("1; -1"))).value();
  BOOST_TEST((y[0] == 9 && y[1] == 19 && y[2] == 29));
  BOOST_TEST(layer.parameters().size() == 2u);
  LinearLayer without(2, 3, random, {.bias = false});
  BOOST_TEST(without.named_parameters().size() == 1u);
  BOOST_TEST(without.named_parameters()[0].name == "weight");
}

// The mean square of n draws of N(0, sd²) is off by a share of √(2/n) in one standard deviation.
BOOST_AUTO_TEST_CASE(first_weights) {
  Random random(2);
  const auto mean_square = [](const LinearLayer& layer) {
    return static_cast<double>(arma::accu(arma::square(layer.weight.value))) /
           static_cast<double>(layer.weight.value.n_elem);
  };
  const double share = 4 * std::sqrt(2.0 / (100 * 400));
  BOOST_TEST(std::abs(mean_square(LinearLayer(400, 100, random)) * 400 - 1) <= share);
  const LinearLayer small(400, 100, random, {.sd = 0.02});
  BOOST_TEST(std::abs(mean_square(small) / 0.0004 - 1) <= share);
  BOOST_TEST(small.bias.value.max() == 0);
  BOOST_CHECK_EXCEPTION(LinearLayer(0, 3, random), Error,
                        says("[linear] a layer needs inputs and outputs"));
  BOOST_CHECK_EXCEPTION(LinearLayer(2, 3, random, {.sd = -1}), Error,
                        says("sd must be at least 0"));
}

namespace {

// Remembers whether it was training when it was called.
struct Witness final : Layer {
  Parameter p{Matrix(1, 1, arma::fill::ones), "p"};
  Var operator()(Var x) override {
    p.value[0] = training() ? 2 : 3;
    return x;
  }
  void members(Members& m) override { m.parameter("p", p); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(any_layer_is_a_value_and_hands_on_the_mode) {
  AnyLayer one = Witness{};
  AnyLayer other = one;
  Tape tape;
  const Var x = tape.constant(Matrix(1, 1, arma::fill::ones));
  one(x);
  other.eval();
  other(x);
  BOOST_TEST(one.parameters()[0]->value[0] == 2);
  BOOST_TEST(other.parameters()[0]->value[0] == 3);
  BOOST_TEST(one.named_parameters()[0].name == "p");
}

BOOST_AUTO_TEST_SUITE_END()
