#include "evenkeel/transformer/gpt.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/adam.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

GptOptions tiny(Placement placement = pre_norm) {
  GptOptions options;
  options.vocabulary = 7;
  options.context = 8;
  options.width = 16;
  options.layers = 2;
  options.heads = 2;
  options.placement = placement;
  return options;
}

// 0 1 2 … 6 0 1 …: the next token is the last one plus 1.
struct Counting {
  std::vector<Index> tokens, next;
  Counting() {
    for (Index i = 0; i < 32; ++i) {
      tokens.push_back((i / 8 + i % 8) % 7);
      next.push_back((tokens.back() + 1) % 7);
    }
  }
};

double train(Gpt& gpt, int steps) {
  const Counting data;
  AdamW optimizer(decay_matrices_only(gpt, 0.1), {.learning_rate = 1e-2});
  Tape tape;
  double loss = 0;
  for (int step = 0; step < steps; ++step) {
    tape.rewind();
    gpt.zero_gradient();
    const Var now = cross_entropy(gpt(tape, data.tokens, 8), data.next);
    tape.backward(now);
    clip_gradient_norm(optimizer.parameters(), 1.0);
    optimizer.step();
    loss = static_cast<double>(now.value()[0]);
  }
  return loss;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(gpt)

// Small first weights: logits near 0, all tokens about equally likely.
BOOST_AUTO_TEST_CASE(starts_at_ln_of_the_vocabulary) {
  Random random(1);
  Gpt gpt(tiny(), random);
  BOOST_TEST(std::abs(train(gpt, 1) - std::log(7.0)) < 0.05);
}

// Three placements × two norms learn to count: from ln 7 = 1.95 to well below.
BOOST_AUTO_TEST_CASE(learns_with_every_placement) {
  const MakeNorm layer = {};
  const MakeNorm rms = [](Index n) { return RmsNorm(n); };
  for (const Placement& placement : {post_norm, pre_norm, peri_norm, deep_norm}) {
    for (const MakeNorm& norm : {layer, rms}) {
      GptOptions options = tiny(placement);
      options.norm = norm;
      Random random(2);
      Gpt gpt(options, random);
      BOOST_TEST_CONTEXT(placement.name) {
        BOOST_TEST(train(gpt, 100) < 0.2);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(goes_on_counting) {
  Random random(3);
  Gpt gpt(tiny(), random);
  train(gpt, 100);
  const std::vector<Index> expected = {4, 5, 6, 0, 1, 2, 3, 4, 5, 6};
  BOOST_TEST(generate(gpt, {2, 3}, 10, 0.1, random) == expected, boost::test_tools::per_element());
}

// As small as a temperature can be, it is 0: always the most likely, and nothing is drawn.
BOOST_AUTO_TEST_CASE(a_temperature_near_0_writes_the_most_likely) {
  Random random(3);
  Gpt gpt(tiny(), random);
  train(gpt, 100);
  const std::vector<Index> expected = {4, 5, 6, 0, 1, 2, 3, 4, 5, 6};
  for (const double temperature : {0.0, 5e-324, 1e-300, 1e-40, 1e-6}) {
    BOOST_TEST(generate(gpt, {2, 3}, 10, temperature, random) == expected,
               boost::test_tools::per_element());
  }
  Random untouched(9), same(9);
  generate(gpt, {2, 3}, 10, 0, untouched);
  BOOST_TEST(untouched.state() == same.state());
}

// Weights that are no numbers give logits that are none; −∞ is only a word that never comes.
BOOST_AUTO_TEST_CASE(nothing_is_drawn_from_what_is_no_number) {
  for (const Scalar bad : {Scalar(NAN), Scalar(INFINITY)}) {
    Random random(3);
    Gpt gpt(tiny(), random);
    gpt.final_norm->parameters()[0]->value.fill(bad);
    for (const double temperature : {0.0, 1e-300, 1.0}) {
      BOOST_CHECK_EXCEPTION(generate(gpt, {2}, 3, temperature, random), Error,
                            says("[generate] after 0 tokens the largest of the model's logits is"));
    }
  }
}

// Dropout is off while it writes, and what training goes on with afterwards.
BOOST_AUTO_TEST_CASE(writes_in_evaluation_and_gives_the_mode_back) {
  GptOptions options = tiny();
  Random random(7), first(8), second(8);
  options.dropout.p = 0.5;
  Gpt gpt(options, random);
  BOOST_TEST(generate(gpt, {1}, 20, 1, first) == generate(gpt, {1}, 20, 1, second),
             boost::test_tools::per_element());
  BOOST_TEST((gpt.training() && gpt.blocks[1].attention.training()));
  BOOST_CHECK_THROW(generate(gpt, {7}, 1, 1, first), Error);  // no such word
  BOOST_TEST((gpt.training() && gpt.blocks[1].attention.training()));
  gpt.eval();
  generate(gpt, {1}, 1, 1, first);
  BOOST_TEST(!gpt.training());
}

// Causal: what comes later does not change what was said before.
BOOST_AUTO_TEST_CASE(does_not_look_ahead) {
  Random random(4);
  Gpt gpt(tiny(), random);
  Tape tape;
  const Matrix one = gpt(tape, {1, 2, 3, 4}, 4).value();
  const Matrix other = gpt(tape, {1, 2, 6, 0}, 4).value();
  BOOST_TEST(
      (arma::approx_equal(one.head_cols(2), other.head_cols(2), "absdiff", 8 * machine_epsilon)));
  BOOST_TEST(arma::abs(one.col(2) - other.col(2)).max() > 1e-4);
}

BOOST_AUTO_TEST_CASE(parameters) {
  Random random(5);
  Gpt gpt(tiny(), random);
  Index count = 0;
  std::vector<std::string> names;
  for (const NamedParameter& p : gpt.named_parameters()) {
    count += p.parameter->value.n_elem;
    names.push_back(p.name);
  }
  // tokens, positions; in a block 4 + 8 times 16² and two gammas; the last gamma
  BOOST_TEST(count == 16u * 15 + 2 * (12 * 256 + 32) + 16);
  BOOST_TEST(names[0] == "tokens.weight");
  BOOST_TEST(names[1] == "positions.weight");
  BOOST_TEST(names[2] == "blocks.0.attention.qkv.weight");
  BOOST_TEST(names.back() == "final_norm.weight");
  const auto sd = [](const Matrix& w) {
    return std::sqrt(static_cast<double>(arma::accu(arma::square(w))) /
                     static_cast<double>(w.n_elem));
  };
  // GPT-2's: 0.02, and 0.02/√(2·2) = 0.01 into the stream; 4 standard deviations of the estimate
  const double share = 4 / std::sqrt(2.0 * 16 * 64);
  BOOST_TEST(std::abs(sd(gpt.blocks[1].feed_forward.up.weight.value) / 0.02 - 1) < share);
  BOOST_TEST(std::abs(sd(gpt.blocks[1].feed_forward.down.weight.value) / 0.01 - 1) < share);
}

BOOST_AUTO_TEST_CASE(errors) {
  Random random(6);
  Gpt gpt(tiny(), random);
  Tape tape;
  BOOST_CHECK_EXCEPTION(gpt(tape, {1, 2, 3}, 2), Error,
                        says("3 tokens cannot be cut into sequences of 2"));
  BOOST_CHECK_EXCEPTION(gpt(tape, std::vector<Index>(9, 0), 9), Error, says("of 9 (1 to 8)"));
  BOOST_CHECK_THROW(gpt(tape, {7}, 1), Error);
  BOOST_CHECK_EXCEPTION(generate(gpt, {}, 1, 1, random), Error, says("at least one token"));
  for (const double temperature : {-1.0, double(NAN)}) {
    BOOST_CHECK_EXCEPTION(generate(gpt, {1}, 1, temperature, random), Error,
                          says("temperature must be at least 0"));
  }
  BOOST_CHECK_EXCEPTION(generate(gpt, {1, 7}, 1, 1, random), Error,
                        says("[generate] token 1 of the prompt must be below 7, the size of the "
                             "vocabulary, got 7"));
  GptOptions both_ways = tiny();
  both_ways.causal = false;
  Gpt bert(both_ways, random);
  BOOST_CHECK_EXCEPTION(generate(bert, {1}, 1, 1, random), Error, says("looks ahead"));
  GptOptions none = tiny();
  none.vocabulary = 0;
  BOOST_CHECK_EXCEPTION(Gpt(none, random), Error, says("vocabulary, context and layers"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
