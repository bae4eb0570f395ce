// Whole networks against PyTorch's values and gradients, in tests/reference/models.json.

#include <boost/test/unit_test.hpp>

#include "evenkeel/models/mlp.hpp"
#include "evenkeel/models/resnet.hpp"
#include "evenkeel/models/vgg.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/variants/weight_standardization.hpp"
#include "reference/reference.hpp"

using namespace evenkeel;
using namespace evenkeel::reference;

namespace {

constexpr Index classes = 3;

MakeImageNorm norm(const Case& c) {
  if (c.text("norm") != "group") return image_norm(c.text("norm"));
  return [](ImageShape s) { return GroupNorm(2, s.channels); };
}

std::optional<AnyLayer> parametrization(const Case& c) {
  if (!c.args.at("standardized").get<bool>()) return {};
  return WeightStandardization({.gain = gain::standardized_relu});
}

ConvNormOptions conv(const Case& c) {
  return {.norm = norm(c), .parametrization = parametrization(c)};
}

ImageShape image(const Case& c) {
  return {c.index("channels"), c.index("height"), c.index("width")};
}

void hold_model(const Case& c, Layer& model) {
  const std::vector<NamedParameter> parameters = model.named_parameters();
  BOOST_TEST_REQUIRE(parameters.size() + 1 == c.inputs.size());
  for (const NamedParameter& p : parameters) {
    const Matrix& given = c.inputs.at(p.name);
    BOOST_TEST_REQUIRE((arma::size(given) == arma::size(p.parameter->value)), p.name);
    p.parameter->value = given;
  }
  Tape tape;
  const Var x = tape.variable(c.inputs.at("x"));
  const Var y = model(x);
  tape.backward(y, c.cotangent);
  check(c, "output", y.value(), c.output);
  check(c, "x", x.gradient(), c.gradients.at("x"));
  for (const NamedParameter& p : parameters) {
    check(c, p.name, p.parameter->gradient, c.gradients.at(p.name));
  }
}

void run_mlp(const Case& c) {
  Random random(1);
  Mlp model({.widths = {image(c).rows(), 6, 4, classes},
             .norm = norm(c),
             .parametrization = parametrization(c)},
            random);
  hold_model(c, model);
}

void run_vgg(const Case& c) {
  Random random(1);
  Vgg model({.in = image(c), .widths = {2, 3}, .classes = classes, .conv = conv(c)}, random);
  hold_model(c, model);
}

void run_resnet(const Case& c) {
  Random random(1);
  const Index width = c.args.at("standardized").get<bool>() ? 4 : 2;
  ResNet model({.in = image(c), .widths = {width, 2 * width}, .classes = classes, .conv = conv(c)},
               random);
  hold_model(c, model);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(models)
BOOST_AUTO_TEST_SUITE(against_pytorch)

BOOST_AUTO_TEST_CASE(values_and_gradients) {
  hold("models.json", {{"mlp", run_mlp}, {"vgg", run_vgg}, {"resnet", run_resnet}});
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
