// Dropout within blocks and models: where it stands, when it is off, and that it can be repeated.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "evenkeel/attention/attention.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/transformer/transformer.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

TransformerOptions options(double dropout, std::uint64_t seed = 1) {
  TransformerOptions o;
  o.vocabulary = 7;
  o.context = 32;
  o.width = 64;
  o.layers = 2;
  o.placement = peri_norm;
  o.dropout = {dropout, seed};
  return o;
}

Transformer model(double dropout, std::uint64_t seed = 1) {
  Random random(3);
  return Transformer(options(dropout, seed), random);
}

// Enough tokens that the work is cut into parts.
std::vector<Index> tokens() {
  Random random(4);
  std::vector<Index> drawn;
  for (int i = 0; i < 16 * 32; ++i) drawn.push_back(random.below(7));
  return drawn;
}

Matrix logits(Transformer& m) {
  Tape tape;
  return m(tape, tokens(), 32).value();
}

bool same(const Matrix& a, const Matrix& b) {
  return arma::approx_equal(a, b, "absdiff", 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(dropout_in_models)

BOOST_AUTO_TEST_CASE(evaluation_is_the_model_without_dropout) {
  Transformer with = model(0.3), without = model(0);
  with.eval();
  const Matrix expected = logits(without);
  BOOST_TEST(same(logits(with), expected));
  BOOST_TEST(same(logits(with), expected));
  with.train();
  BOOST_TEST(!same(logits(with), expected));
}

BOOST_AUTO_TEST_CASE(each_step_drops_anew_and_a_seed_repeats_it) {
  Transformer one = model(0.3), again = model(0.3), other = model(0.3, 2);
  const Matrix first = logits(one);
  BOOST_TEST(!same(logits(one), first));
  BOOST_TEST(same(logits(again), first));
  BOOST_TEST(!same(logits(other), first));
  Transformer copy = one;  // and where it stands in its random numbers
  BOOST_TEST(same(logits(copy), logits(one)));
}

// What a checkpoint keeps: a state for the embeddings, four for each block; none without dropout.
BOOST_AUTO_TEST_CASE(random_states_are_in_the_registry) {
  BOOST_TEST(model(0).named_randoms().empty());
  Transformer m = model(0.3);
  logits(m);
  BOOST_TEST_REQUIRE(m.named_randoms().size() == 1u + 2 * 4);
  std::vector<std::string> states;
  for (const NamedRandom& named : m.named_randoms()) states.push_back(named.random->state());
  const Matrix next = logits(m);
  Transformer other = model(0.3, 5);
  for (std::size_t i = 0; i < states.size(); ++i)
    other.named_randoms()[i].random->set_state(states[i]);
  BOOST_TEST(same(logits(other), next));
}

// Of the embeddings; in each block of the attention's probabilities, inside the feed-forward, and
// of both branches. All with seeds of their own.
BOOST_AUTO_TEST_CASE(stands_in_four_places_of_a_block) {
  Transformer m = model(0.3);
  Tape tape;
  m(tape, tokens(), 32);
  std::vector<std::string> kinds;
  std::vector<std::uint64_t> seeds;
  for (Index i = 0; i < tape.size(); ++i) {
    const Op* op = tape.node(i).op.get();
    if (const auto* dropout = dynamic_cast<const Dropout*>(op)) {
      BOOST_TEST(dropout->p == 0.3);
      seeds.push_back(dropout->seed);
      // what was dropped: the sum with positions, the norm behind a branch, or the nonlinearity
      kinds.emplace_back(tape.node(tape.node(i).inputs[0]).kind());
    }
    if (const auto* attention = dynamic_cast<const Attention*>(op)) {
      BOOST_TEST(attention->options.dropout == 0.3);
      seeds.push_back(attention->options.seed);
      kinds.emplace_back("attention");
    }
  }
  const std::vector<std::string> expected = {"add",        "attention",  "layer_norm",
                                             "gelu_tanh",  "layer_norm", "attention",
                                             "layer_norm", "gelu_tanh",  "layer_norm"};
  BOOST_TEST(kinds == expected, boost::test_tools::per_element());
  std::sort(seeds.begin(), seeds.end());
  BOOST_TEST((std::adjacent_find(seeds.begin(), seeds.end()) == seeds.end()));
}

BOOST_AUTO_TEST_CASE(same_bits_for_every_number_of_threads) {
  const int before = num_threads();
  std::vector<Matrix> first;
  for (const int count : {1, 2, 7}) {
    set_num_threads(count);
    Transformer m = model(0.3);
    Tape tape;
    tape.backward(cross_entropy(m(tape, tokens(), 32), tokens()));
    std::vector<Matrix> found;
    for (Parameter* p : m.parameters()) found.push_back(p->gradient);
    if (first.empty()) first = found;
    for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST(same(found[i], first[i]));
  }
  set_num_threads(before);
}

BOOST_AUTO_TEST_CASE(errors) {
  Random random(5);
  BOOST_CHECK_EXCEPTION(Transformer(options(1), random), Error, says("p must be at least 0"));
  BOOST_CHECK_EXCEPTION(Transformer(options(-0.1), random), Error, says("p must be at least 0"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
