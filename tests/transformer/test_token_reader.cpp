#include "evenkeel/transformer/token_reader.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "evenkeel/core/tape.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(token_reader)

BOOST_AUTO_TEST_CASE(it_is_the_transformer_and_what_is_asked_is_a_part_of_it) {
  TransformerOptions options;
  options.vocabulary = 5;
  options.context = 3;
  options.width = 8;
  options.layers = 1;
  options.heads = 2;
  Random random(1), same(1);
  TokenReader reader(options, random);
  Transformer alone(options, same);
  const std::vector<Index> tokens = {0, 3, 4, 2, 2, 1};  // two sequences of three
  Matrix x(3, 2);
  std::ranges::copy(tokens, x.begin());
  Tape tape;
  const Matrix logits = alone(tape, tokens, 3).value();
  const Var in = tape.constant(x);
  BOOST_TEST(arma::approx_equal(reader(in).value(), logits, "absdiff", 0));
  reader.asked = {{4, 1}};
  BOOST_TEST(arma::approx_equal(reader(in).value(), logits.cols(arma::uvec{4, 1}), "absdiff", 0));
  reader.asked.emplace();
  BOOST_TEST(reader(in).cols() == 0u);
  for (std::size_t i = 0; i < alone.named_parameters().size(); ++i)
    BOOST_TEST(reader.named_parameters()[i].name == alone.named_parameters()[i].name);
  reader.asked = {{6}};
  BOOST_CHECK_EXCEPTION(reader(in), Error, says("6"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
