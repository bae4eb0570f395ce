#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/random.hpp"

using namespace evenkeel;

namespace {

struct Inner final : Module {
  Parameter gamma{Matrix(1, 1, arma::fill::ones)};
  Parameter beta{Matrix(1, 1, arma::fill::zeros)};
  Matrix running_mean{1, 1, arma::fill::zeros};

  void members(Members& m) override {
    m.parameter("gamma", gamma);
    m.parameter("beta", beta);
    m.buffer("running_mean", running_mean);
  }
};

struct Middle final : Module {
  Parameter weight{Matrix(2, 2, arma::fill::ones)};
  Inner norm;

  void members(Members& m) override {
    m.parameter("weight", weight);
    m.module("norm", norm);
  }
};

struct Outer final : Module {
  std::vector<Middle> blocks{2};
  Parameter head{Matrix(1, 2, arma::fill::ones)};

  void members(Members& m) override {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      m.module("blocks." + std::to_string(i), blocks[i]);
    }
    m.parameter("head", head);
  }
};

// Two places, one module: what a tied head is.
struct Tied final : Module {
  Inner shared;
  Random random{1};
  Matrix table{3, 1234, arma::fill::zeros};

  void members(Members& m) override {
    m.module("first", shared);
    m.module("second", shared);
    m.buffer("table", table, {TensorForm::by_columns});
    m.random("random", random);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core)
BOOST_AUTO_TEST_SUITE(modules)

BOOST_AUTO_TEST_CASE(names_in_the_order_of_members) {
  Outer net;
  std::vector<std::string> names;
  for (const NamedParameter& named : net.named_parameters()) names.push_back(named.name);
  const std::vector<std::string> expected = {"blocks.0.weight",
                                             "blocks.0.norm.gamma",
                                             "blocks.0.norm.beta",
                                             "blocks.1.weight",
                                             "blocks.1.norm.gamma",
                                             "blocks.1.norm.beta",
                                             "head"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
  BOOST_TEST(net.parameters()[4] == &net.blocks[1].norm.gamma);

  std::vector<std::string> buffers;
  for (const NamedBuffer& named : net.named_buffers()) buffers.push_back(named.name);
  const std::vector<std::string> expected_buffers = {"blocks.0.norm.running_mean",
                                                     "blocks.1.norm.running_mean"};
  BOOST_TEST(buffers == expected_buffers, boost::test_tools::per_element());
  BOOST_TEST(net.named_buffers()[1].buffer == &net.blocks[1].norm.running_mean);
}

BOOST_AUTO_TEST_CASE(train_and_eval_go_all_the_way_down) {
  Outer net;
  BOOST_TEST(net.training());
  net.eval();
  BOOST_TEST(!net.training());
  BOOST_TEST(!net.blocks[1].training());
  BOOST_TEST(!net.blocks[1].norm.training());
  net.blocks[0].train();
  BOOST_TEST(net.blocks[0].norm.training());
  BOOST_TEST(!net.blocks[1].norm.training());
  BOOST_TEST(!net.training());
  net.train();
  BOOST_TEST(net.blocks[1].norm.training());
}

BOOST_AUTO_TEST_CASE(evaluation_mode_gives_each_module_its_mode_back) {
  Outer net;
  net.blocks[0].norm.eval();  // frozen, in a model that trains
  const auto modes_are_as_before = [&] {
    return net.training() && net.blocks[0].training() && !net.blocks[0].norm.training() &&
           net.blocks[1].training() && net.blocks[1].norm.training();
  };
  try {
    const EvaluationMode evaluating(net);
    BOOST_TEST((!net.training() && !net.blocks[1].training() && !net.blocks[1].norm.training()));
    throw 1;
  } catch (int) {
    BOOST_TEST(modes_are_as_before());
  }
  net.eval();
  net.blocks[1].train();
  { const EvaluationMode evaluating(net.blocks[1]); }
  BOOST_TEST((!net.training() && !net.blocks[0].training()));  // not beyond what it was given
  BOOST_TEST((net.blocks[1].training() && net.blocks[1].norm.training()));
}

BOOST_AUTO_TEST_CASE(copies_are_independent) {
  Outer net;
  net.eval();
  Outer copy = net;
  BOOST_TEST(!copy.blocks[0].norm.training());
  copy.train();
  copy.blocks[0].norm.gamma.value(0, 0) = 5;
  copy.blocks[0].norm.running_mean(0, 0) = 6;
  BOOST_TEST(!net.blocks[0].norm.training());
  BOOST_TEST(net.blocks[0].norm.gamma.value(0, 0) == 1);
  BOOST_TEST(net.blocks[0].norm.running_mean(0, 0) == 0);
  BOOST_TEST(copy.parameters()[0] == &copy.blocks[0].weight);
}

BOOST_AUTO_TEST_CASE(what_is_shared_has_two_names_and_is_trained_once) {
  Tied net;
  std::vector<std::string> names;
  for (const NamedParameter& named : net.named_parameters()) names.push_back(named.name);
  const std::vector<std::string> expected = {"first.gamma", "first.beta", "second.gamma",
                                             "second.beta"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
  const std::vector<Parameter*> once = {&net.shared.gamma, &net.shared.beta};
  BOOST_TEST((net.parameters() == once));
}

BOOST_AUTO_TEST_CASE(forms_and_random_states_are_listed) {
  Tied net;
  BOOST_TEST(net.named_buffers()[0].form.layout == TensorForm::by_rows);
  BOOST_TEST(net.named_buffers()[2].form.layout == TensorForm::by_columns);
  BOOST_TEST_REQUIRE(net.named_randoms().size() == 1u);
  BOOST_TEST(net.named_randoms()[0].name == "random");
  BOOST_TEST(net.named_randoms()[0].random == &net.random);
}

BOOST_AUTO_TEST_CASE(summary_counts_what_is_shared_once) {
  Tied net;
  net.shared.beta.requires_grad = false;
  const std::string expected =
      "name                       shape        entries\n"
      "first.gamma                  1×1              1\n"
      "first.beta                   1×1              1  frozen\n"
      "second.gamma                 1×1              1  shared, counted above\n"
      "second.beta                  1×1              1  shared, counted above\n"
      "first.running_mean           1×1              1  buffer, not counted\n"
      "second.running_mean          1×1              1  buffer, not counted\n"
      "table                     3×1234          3,702  buffer, not counted\n"
      "parameters                                    2\n";
  BOOST_TEST(summary(net) == expected);
}

BOOST_AUTO_TEST_CASE(zero_gradient_reaches_every_parameter) {
  Outer net;
  for (Parameter* parameter : net.parameters()) parameter->has_gradient = true;
  net.zero_gradient();
  BOOST_TEST(without_gradient(net.parameters()).size() == net.parameters().size());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
