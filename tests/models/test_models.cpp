#include <boost/test/unit_test.hpp>
#include <set>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/models/mlp.hpp"
#include "evenkeel/models/resnet.hpp"
#include "evenkeel/models/vgg.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/variants/weight_standardization.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(models)

namespace {

constexpr ImageShape image{1, 8, 8};
const char* const norms[] = {"none", "batch", "layer", "group", "instance", "rms"};

ResNet small_resnet(const MakeImageNorm& norm, std::uint64_t seed = 1) {
  Random random(seed);
  return ResNet({.in = image, .widths = {8, 16}, .conv = {.norm = norm}}, random);
}

Matrix output(Layer& model, const Matrix& x) {
  Tape tape;
  return model(tape.constant(x)).value();
}

Matrix some_images(std::uint64_t seed = 2) {
  return Random(seed).normal(image.rows(), 5);
}

std::vector<std::string> names(Module& model) {
  std::vector<std::string> found;
  for (const NamedParameter& p : model.named_parameters()) found.push_back(p.name);
  return found;
}

bool same(const Matrix& a, const Matrix& b) {
  return arma::approx_equal(a, b, "absdiff", 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(names_are_like_torchvisions) {
  ResNet resnet = small_resnet(image_norm("batch"));
  const std::vector<std::string> found = names(resnet);
  const std::set<std::string> all(found.begin(), found.end());
  BOOST_TEST(found.front() == "conv1.weight");
  BOOST_TEST(found.back() == "fc.bias");
  for (const char* name : {"layer1.0.conv1.weight", "layer2.0.norm2.bias",
                           "layer2.0.downsample.conv.weight", "layer2.0.downsample.norm.weight"}) {
    BOOST_TEST(all.count(name) == 1u, name);
  }
  BOOST_TEST(all.count("layer1.0.downsample.conv.weight") == 0u);  // nothing changes: the identity
  BOOST_TEST(all.count("conv1.bias") == 0u);                       // beta takes its place
  BOOST_TEST(all.size() == found.size());
  BOOST_TEST(resnet.named_buffers().front().name == "norm1.running_mean");

  Random random(1);
  Mlp mlp({.widths = {4, 3, 2}}, random);
  const std::vector<std::string> plain = {"layers.0.weight", "layers.0.bias", "layers.1.weight",
                                          "layers.1.bias"};
  BOOST_TEST(names(mlp) == plain, boost::test_tools::per_element());
}

// 3×3 convolutions: 9·(in·out); a norm: 2 a channel; the head: 10·16 + 10.
BOOST_AUTO_TEST_CASE(number_of_parameters) {
  ResNet resnet = small_resnet(image_norm("batch"));
  Index count = 0;
  for (const Parameter* p : resnet.parameters()) count += p->value.n_elem;
  const Index stem = 9 * 8 + 16, stage1 = 2 * (9 * 64 + 16);
  const Index stage2 = 9 * 8 * 16 + 32 + 9 * 256 + 32 + 8 * 16 + 32;
  BOOST_TEST(count == stem + stage1 + stage2 + 170);
}

BOOST_AUTO_TEST_CASE(every_norm_fits_and_every_parameter_gets_a_gradient) {
  for (const char* name : norms) {
    Random random(1);
    const ConvNormOptions conv{.norm = image_norm(name)};
    ResNet resnet({.in = image, .widths = {4, 8}, .blocks_per_stage = 2, .conv = conv}, random);
    Vgg vgg({.in = image, .widths = {4, 8}, .conv = conv}, random);
    for (Layer* model : {static_cast<Layer*>(&resnet), static_cast<Layer*>(&vgg)}) {
      Tape tape;
      const Var y = (*model)(tape.constant(some_images()));
      BOOST_TEST((y.shape() == Shape{10, 5}));
      tape.backward(y, Random(3).normal(10, 5));
      BOOST_TEST(without_gradient(model->parameters()).empty(), name);
    }
  }
}

BOOST_AUTO_TEST_CASE(norms_differ) {
  std::vector<Matrix> outputs;
  for (const char* name : norms) {
    ResNet model = small_resnet(image_norm(name));
    outputs.push_back(output(model, some_images()));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) BOOST_TEST(!same(outputs[i], outputs[j]));
  }
}

// On plain features the names mean the layers that are called so.
BOOST_AUTO_TEST_CASE(layer_norm_on_plain_features) {
  AnyLayer by_name = image_norm("layer")({6, 1, 1});
  LayerNorm itself(6);
  const Matrix x = Random(4).normal(6, 3);
  BOOST_TEST(arma::abs(output(by_name, x) - output(itself, x)).max() <= 8 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(the_tape_calls_a_norm_by_its_own_name) {
  for (const std::string name : {"batch", "layer", "group", "instance", "rms"}) {
    Tape tape;
    const Var x = tape.constant(Random(4).normal(32, 3));
    const Var y = image_norm(name)({2, 4, 4})(x);
    BOOST_TEST(tape.node(y.index()).kind() == name + "_norm");
  }
}

BOOST_AUTO_TEST_CASE(a_norm_that_a_student_writes) {
  struct Nothing final : Layer {
    Var operator()(Var x) override { return x; }
    void members(Members&) override {}
  };
  std::vector<Index> rows;
  Random random(1);
  const MakeImageNorm make = [&](ImageShape s) {
    rows.push_back(s.rows());
    return Nothing{};
  };
  Vgg vgg({.in = image, .widths = {2, 3}, .convs_per_stage = 1, .conv = {.norm = make}}, random);
  const std::vector<Index> expected = {2 * 64, 3 * 16};
  BOOST_TEST(rows == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(evaluation_reaches_every_norm) {
  ResNet model = small_resnet(image_norm("batch"));
  const Matrix x = some_images(), first = x.head_cols(1);
  BOOST_TEST(!same(output(model, x).head_cols(1), output(model, x.head_cols(3)).head_cols(1)));
  model.eval();
  const double off = arma::abs(output(model, x).head_cols(1) - output(model, first)).max();
  BOOST_TEST(off <= 1000 * machine_epsilon);  // products of other widths round differently
}

BOOST_AUTO_TEST_CASE(a_copy_is_a_model_of_its_own) {
  ResNet model = small_resnet(image_norm("group"));
  ResNet copy = model;
  const Matrix before = output(copy, some_images());
  for (Parameter* p : model.parameters()) p->value.fill(7);
  BOOST_TEST(same(output(copy, some_images()), before));
}

BOOST_AUTO_TEST_CASE(standardized_weights_may_have_any_scale) {
  Random random(1);
  Mlp mlp({.widths = {8, 6, 6, 2}, .parametrization = WeightStandardization({.eps = 0})}, random);
  const Matrix x = random.normal(8, 5), before = output(mlp, x);
  mlp.layers[0].weight.value *= 4;
  mlp.layers[1].weight.value += 1;
  BOOST_TEST(arma::abs(output(mlp, x) - before).max() <= 100 * machine_epsilon);
  mlp.layers[2].weight.value *= 4;  // the head is as it is
  BOOST_TEST(arma::abs(output(mlp, x) - before).max() > 0.1);
}

BOOST_AUTO_TEST_CASE(errors) {
  Random random(1);
  const auto throws = [](const auto& make, const char* text) {
    BOOST_CHECK_EXCEPTION(make(), Error, says(text));
  };
  throws([&] { Mlp({.widths = {4}}, random); }, "[mlp] widths must tell");
  throws([&] { Mlp({.widths = {4, 0, 2}}, random); }, "[linear] a layer needs");
  throws([&] { Vgg({.widths = {}}, random); }, "[vgg] needs stages");
  throws([&] { Vgg({.in = {1, 2, 2}, .widths = {2, 2}}, random); }, "[linear] a layer needs");
  throws([&] { ResNet({.blocks_per_stage = 0}, random); }, "[resnet] needs stages");
  throws([&] { image_norm("weight"); }, "[image_norm] there is no norm 'weight'");
  throws([&] { ConvNorm({1, 8, 8}, 2, 4, 1, random, {}); }, "must be odd");
  ResNet model = small_resnet(image_norm("batch"));
  throws([&] { output(model, Matrix(63, 2, arma::fill::zeros)); }, "the 64 rows of an image");
}

BOOST_AUTO_TEST_SUITE_END()
