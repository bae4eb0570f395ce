#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/core/any_layer.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/nn/embedding.hpp"
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

BOOST_AUTO_TEST_CASE(embedding_picks_columns) {
  Random random(3);
  Embedding table(5, 2, random);
  table.weight.value = Matrix("1 2 3 4 5; 6 7 8 9 10");
  Tape tape;
  const Var y = table(tape, {4, 0, 4});
  const Matrix expected = Matrix("5 1 5; 10 6 10");
  BOOST_TEST((arma::approx_equal(y.value(), expected, "absdiff", 0)));
  tape.backward(y, Matrix("1 2 3; 4 5 6"));
  const Matrix gradient = Matrix("2 0 0 0 4; 5 0 0 0 10");  // a word that comes twice gets both
  BOOST_TEST((arma::approx_equal(table.weight.gradient, gradient, "absdiff", 0)));
  BOOST_TEST(table.named_parameters()[0].name == "weight");
  // 4 standard deviations of the estimate, as above
  const Embedding large(200, 100, random, 0.02);
  const Scalar mean_square = arma::mean(arma::vectorise(arma::square(large.weight.value)));
  BOOST_TEST(std::abs(static_cast<double>(mean_square) / 0.0004 - 1) <= 4 * std::sqrt(2.0 / 20000));
  BOOST_CHECK_EXCEPTION(Embedding(0, 2, random), Error, says("[embedding] count and width"));
  BOOST_CHECK_THROW(table(tape, {5}), Error);
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
