#include "evenkeel/transformer/hyper_connection.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "reference/reference.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

constexpr HyperConnectionOptions learned_as_it_is{.streams = 3, .constrained = false};

// 2 features × 5 tokens, 3 streams.
Var run_hyper_connection(const reference::Case& c, HyperConnection& hyper, Var x) {
  hyper.res.value = c.inputs.at("res");
  hyper.pre.value = c.inputs.at("pre");
  hyper.post.value = c.inputs.at("post");
  const Var weights = reshape(x.tape().constant(c.inputs.at("branch")), 2, 5);
  return hyper.leave(x, weights % tanh(hyper.enter(x)));
}

double gain_of_product(bool constrained, Index layers, Random& random) {
  Matrix product(4, 4, arma::fill::eye);
  HyperConnection hyper(1, {.streams = 4, .constrained = constrained});
  for (Index l = 0; l < layers; ++l) {
    hyper.res.value = random.normal(4, 4, 0.3) + Matrix(4, 4, arma::fill::eye);
    Tape tape;
    product = hyper.mixing(tape).value() * product;
  }
  return static_cast<double>(arma::norm(product, 2));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(hyper_connection)

BOOST_AUTO_TEST_CASE(against_pytorch) {
  int held = 0;
  for (const reference::Case& c : reference::read("variants.json")) {
    if (c.op != "hyper_connection") continue;
    HyperConnection hyper(2, {.streams = 3});
    Tape tape;
    const Var x = tape.variable(c.inputs.at("x"));
    const Var y = run_hyper_connection(c, hyper, x);
    check(c, "output", y.value(), c.output);
    tape.backward(y, c.cotangent);
    check(c, "x", x.gradient(), c.gradients.at("x"));
    for (const NamedParameter& p : hyper.named_parameters()) {
      check(c, p.name, p.parameter->gradient, c.gradients.at(p.name));
    }
    ++held;
  }
  BOOST_TEST(held == 1);
}

BOOST_AUTO_TEST_CASE(gradients) {
  for (HyperConnectionOptions options : {learned_as_it_is, {.streams = 3}}) {
    HyperConnection hyper(2, options);
    for (Parameter* p : hyper.parameters()) {
      p->value = Random(4).normal(p->value.n_rows, p->value.n_cols);
    }
    const GradientReport report = gradient_check(
        [&](Tape&, std::span<const Var> in) {
          return hyper.leave(in[0], tanh(hyper.enter(in[0])));
        },
        {Random(5).normal(3, 8)});
    BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
  }
}

// The columns add up to 1 exactly, the rows nearly; a factor of a row or a column changes nothing.
BOOST_AUTO_TEST_CASE(sinkhorn_is_doubly_stochastic) {
  Tape tape;
  const Matrix r = Random(1).normal(4, 4);
  const Matrix m = sinkhorn(tape.constant(r)).value();
  BOOST_TEST(arma::abs(arma::sum(m, 0) - 1).max() <= 4 * machine_epsilon);
  BOOST_TEST(arma::abs(arma::sum(m, 1) - 1).max() <= 1e-3);
  BOOST_TEST(m.min() > 0);
  Matrix shifted = r;
  shifted.row(1) += 3;
  shifted.col(2) += 8;
  const Matrix same = sinkhorn(tape.constant(shifted), 200).value();
  const Matrix limit = sinkhorn(tape.constant(r), 200).value();
  BOOST_TEST(arma::abs(same - limit).max() <= 200 * machine_epsilon);  // exp(11 + its rounding)
}

// At the start, with all streams equal, it is x + f(x).
BOOST_AUTO_TEST_CASE(starts_as_a_residual) {
  const Matrix start = Random(1).normal(2, 4);
  for (const auto& [options, off] :
       {std::pair{learned_as_it_is, 4 * machine_epsilon}, {{.streams = 3}, 1e-3}}) {
    HyperConnection hyper(2, options);
    Tape tape;
    const Var x = tape.constant(start);
    const Var streams = spread_streams(x, 3);
    const Var y = hyper.leave(streams, tanh(hyper.enter(streams)));
    const Matrix expected = start + arma::tanh(start);
    BOOST_TEST(arma::abs(mean_of_streams(y, 2).value() - expected).max() <= off);
  }
}

// H = I + 0.3·N(0, 1) through 60 layers, of 20 seeds: unconstrained the gain has a median of 801
// (5 to 95 %: 28 to 25,700, simulated); a doubly stochastic matrix has gain 1.
BOOST_AUTO_TEST_CASE(the_constraint_bounds_the_product) {
  Random random(2);
  std::vector<double> free, bound;
  for (int seed = 0; seed < 20; ++seed) {
    free.push_back(gain_of_product(false, 60, random));
    bound.push_back(gain_of_product(true, 60, random));
  }
  BOOST_TEST(*std::max_element(bound.begin(), bound.end()) < 1.02);
  BOOST_TEST(*std::min_element(bound.begin(), bound.end()) > 0.99);
  std::nth_element(free.begin(), free.begin() + 10, free.end());
  BOOST_TEST((free[10] > 100 && free[10] < 6000));
}

BOOST_AUTO_TEST_CASE(a_transformer_with_streams) {
  GptOptions options;
  options.vocabulary = 7;
  options.width = 8;
  options.heads = 2;
  options.layers = 2;
  const std::vector<Index> tokens = {1, 2, 3, 4, 5, 6};
  const auto logits = [&](HyperConnectionOptions hyper) {
    options.hyper = hyper;
    Random random(1);
    Gpt gpt(options, random);
    Tape tape;
    const Var y = gpt(tape, tokens, 3);
    tape.backward(y, Random(2).normal(7, 6));
    BOOST_TEST(without_gradient(gpt.parameters()).empty());
    return y.value();
  };
  const Matrix one = logits({}), as_it_is = logits(learned_as_it_is);
  BOOST_TEST(arma::abs(one - as_it_is).max() <= 200 * machine_epsilon);
  BOOST_TEST(arma::abs(one - logits({.streams = 4})).max() <= 0.01);
  options.placement = post_norm;
  BOOST_CHECK_EXCEPTION(logits({.streams = 4}), Error, says("[block] with several streams"));
}

BOOST_AUTO_TEST_CASE(errors) {
  BOOST_CHECK_EXCEPTION(HyperConnection(2, {}), Error, says("two streams or more, got 1"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
