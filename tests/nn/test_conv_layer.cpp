#include "evenkeel/nn/conv_layer.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/images/conv.hpp"
#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/variants/spectral_norm.hpp"
#include "evenkeel/variants/weight_norm.hpp"
#include "evenkeel/variants/weight_standardization.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

constexpr ImageShape image{2, 5, 4};
constexpr Window window{.height = 3, .width = 3, .stride = 2, .padding = 1};

}  // namespace

BOOST_AUTO_TEST_SUITE(nn)
BOOST_AUTO_TEST_SUITE(conv_layer)

BOOST_AUTO_TEST_CASE(is_a_convolution_and_a_bias) {
  Random random(1);
  Conv2dLayer layer(image, 3, window, random);
  BOOST_TEST((layer.out() == ImageShape{3, 3, 2}));
  layer.bias.value = Matrix("1; 2; 3");
  Tape tape;
  const Var x = tape.constant(random.normal(image.rows(), 4));
  const Matrix convolved = conv2d(x, tape.constant(layer.weight.value), image, window).value();
  const Matrix added = layer(x).value() - convolved;
  const Matrix expected("1; 1; 1; 1; 1; 1; 2; 2; 2; 2; 2; 2; 3; 3; 3; 3; 3; 3");
  for (Index sample = 0; sample < 4; ++sample) {
    BOOST_TEST(arma::abs(added.col(sample) - expected).max() <= 16 * machine_epsilon);
  }
}

BOOST_AUTO_TEST_CASE(first_weights_and_names) {
  Random random(2);
  Conv2dLayer layer({8, 6, 6}, 50, {.height = 3, .width = 3}, random, {.bias = false, .init = he});
  const double square = static_cast<double>(arma::accu(arma::square(layer.weight.value)));
  const double share = 4 * std::sqrt(2.0 / (50 * 72));  // four standard deviations of a mean square
  BOOST_TEST(std::abs(square / (50 * 72) / (2.0 / 72) - 1) <= share);
  BOOST_TEST(layer.named_parameters().size() == 1u);
  const NamedParameter weight = layer.named_parameters()[0];
  BOOST_TEST(weight.name == "weight");
  BOOST_TEST((weight.form.layout == TensorForm::by_rows));
  const std::vector<Index> tensor = {50, 8, 3, 3};  // PyTorch's (out, in, kh, kw)
  BOOST_TEST(weight.form.shape == tensor, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradients_with_and_without_a_parametrization) {
  for (bool standardized : {false, true}) {
    Random random(3);
    Conv2dOptions options;
    if (standardized) options.parametrization = WeightStandardization({.gain = 2});
    Conv2dLayer layer(image, 3, window, random, options);
    const GradientReport report =
        gradient_check([&](Tape&, std::span<const Var> in) { return layer(in[0]); },
                       {random.normal(image.rows(), 2)});
    BOOST_TEST(report.passed(), to_string(report));
  }
}

BOOST_AUTO_TEST_CASE(a_linear_layer_takes_a_parametrization_too) {
  Random random(4);
  LinearLayer layer(6, 3, random, {.init = xavier, .parametrization = WeightStandardization()});
  const GradientReport report = gradient_check(
      [&](Tape&, std::span<const Var> in) { return layer(in[0]); }, {random.normal(6, 2)});
  BOOST_TEST(report.passed(), to_string(report));
  Tape tape;
  const Matrix x(6, 1, arma::fill::ones);  // rows of standardized weights sum to 0
  BOOST_TEST(arma::abs(layer(tape.constant(x)).value()).max() <= 8 * machine_epsilon);
  BOOST_TEST(layer.named_parameters().size() == 2u);
}

// Once the weight is drawn: Weight Norm leaves the layer as it is, and learns a length for each
// output; Spectral Norm looks for the largest singular value in training only.
BOOST_AUTO_TEST_CASE(a_layer_takes_the_norms_that_start_from_its_weight) {
  Random random(6);
  const Matrix x = random.normal(image.rows(), 2);
  Conv2dLayer layer(image, 3, window, random);
  const auto output = [&] {
    Tape tape;
    return layer(tape.constant(x)).value();
  };
  const Matrix plain = output();
  layer.parametrization = WeightNorm(layer.weight.value);
  BOOST_TEST(arma::abs(output() - plain).max() <= 32 * machine_epsilon);
  BOOST_TEST(layer.named_parameters().back().name == "parametrization.g");
  layer.parametrization = SpectralNorm(layer.weight.value, random, 0);
  layer.eval();
  const Matrix kept = output();
  BOOST_TEST(arma::abs(output() - kept).max() == 0);
  layer.train();
  BOOST_TEST(arma::abs(output() - kept).max() > 0);
  layer.eval();
  const GradientReport report =
      gradient_check([&](Tape&, std::span<const Var> in) { return layer(in[0]); }, {x});
  BOOST_TEST(report.passed(), to_string(report));
}

BOOST_AUTO_TEST_CASE(errors) {
  Random random(5);
  BOOST_CHECK_EXCEPTION(Conv2dLayer({1, 2, 2}, 3, {.height = 3, .width = 3}, random), Error,
                        says("[conv2d] a window of 3×3 does not fit"));
  BOOST_CHECK_EXCEPTION(Conv2dLayer({0, 2, 2}, 3, {}, random), Error,
                        says("[conv2d] a layer needs an image to look at, got 0×2×2"));
  BOOST_CHECK_EXCEPTION(Conv2dLayer({1, 2, 2}, 0, {}, random), Error, says("channels (0)"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
