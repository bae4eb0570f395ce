#include "evenkeel/transformer/transformer.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/probe/recorder.hpp"
#include "evenkeel/transformer/masking.hpp"
#include "evenkeel/transformer/rotary.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(models)

namespace {

constexpr Index words = 8, length = 12, batch = 8;

TransformerOptions small(TransformerOptions o) {
  o.context = length;
  o.width = 32;
  o.layers = 2;
  o.heads = 2;
  return o;
}

TransformerOptions with(Positions positions) {
  TransformerOptions o = small(gpt2_options(words));
  o.positions = positions;
  return o;
}

struct Task {
  std::vector<Index> tokens, places, targets;
};

// Random words; what was said two words ago? It takes the position to know.
Task copy_two_back(Random& random) {
  Task task;
  for (Index column = 0; column < batch * length; ++column) {
    task.tokens.push_back(random.below(words));
    if (column % length < 2) continue;
    task.places.push_back(column);
    task.targets.push_back(task.tokens[column - 2]);
  }
  return task;
}

// 0 1 2 … 6 0 1 …, from anywhere on, with 15 % masked: 7 words and the mask.
Task masked_counting(Random& random) {
  std::vector<Index> text;
  for (Index i = 0; i < 4 * batch; ++i) {
    const Index start = random.below(words - 1);
    for (Index t = 0; t < length; ++t) text.push_back((start + t) % (words - 1));
  }
  MaskedTokens masked = mask_tokens(text, words - 1, random);
  return {masked.tokens, masked.places, masked.targets};
}

struct Training {
  TransformerOptions options;
  std::function<Task(Random&)> task = copy_two_back;
  int steps = 300;
  double learning_rate = 3e-3;
};

// The mean loss of the last ten steps.
double train(const Training& t, std::uint64_t seed) {
  Random random(seed);
  Transformer model(t.options, random);
  AdamW optimizer(decay_matrices_only(model, 0.1), {.learning_rate = t.learning_rate});
  Tape tape;
  double sum = 0;
  for (int step = 0; step < t.steps; ++step) {
    const Task task = t.task(random);
    tape.rewind();
    model.zero_gradient();
    const Var logits = model(tape, task.tokens, length);
    const Var loss = cross_entropy(gather(logits, task.places), task.targets);
    tape.backward(loss);
    clip_gradient_norm(optimizer.parameters(), 1.0);
    optimizer.step();
    if (step + 10 >= t.steps) sum += static_cast<double>(loss.value()[0]);
  }
  return sum / 10;
}

Matrix logits(const TransformerOptions& options, const std::vector<Index>& tokens) {
  Random random(2);
  Transformer model(options, random);
  for (Parameter* p : model.parameters()) {  // far from the small first weights
    if (p->value.n_cols > 1) p->value *= 10;
  }
  Tape tape;
  return model(tape, tokens, tokens.size()).value();
}

}  // namespace

// Guessing is ln 8 = 2.08, and ln 7 = 1.95 for the masked ones. The largest loss of 20 seeds: GPT-2
// 0.011, LLaMA 0.002, BERT 0.049, rotary 0.33, normalized q and k 0.005; sinusoidal 0.11 but for
// one seed that still guesses after 800 steps (1.8), so of three seeds the middle one counts.
constexpr double learned = 0.5;

BOOST_AUTO_TEST_CASE(each_model_learns) {
  BOOST_TEST(train({small(gpt2_options(words))}, 1) < learned);
  BOOST_TEST(train({small(llama_options(words))}, 1) < learned);
  BOOST_TEST(train({small(bert_options(words)), masked_counting}, 1) < learned);
}

BOOST_AUTO_TEST_CASE(learns_with_rotary_positions_and_with_normalized_q_and_k) {
  BOOST_TEST(train({with(Positions::rotary)}, 1) < learned);
  TransformerOptions normalized = with(Positions::learned);
  normalized.qk_norm = true;
  BOOST_TEST(train({normalized}, 1) < learned);
}

BOOST_AUTO_TEST_CASE(learns_with_sinusoidal_positions) {
  const Training training{with(Positions::sinusoidal), copy_two_back, 500, 1e-3};
  std::vector<double> losses = {train(training, 1), train(training, 2), train(training, 3)};
  std::sort(losses.begin(), losses.end());
  BOOST_TEST(losses[1] < learned);
}

// Where all look at all and nothing tells positions apart, the words' order changes nothing.
BOOST_AUTO_TEST_CASE(positions_tell_the_order) {
  for (const Positions positions :
       {Positions::none, Positions::learned, Positions::sinusoidal, Positions::rotary}) {
    TransformerOptions o = with(positions);
    o.causal = false;
    const Matrix forth = logits(o, {1, 5, 2, 7});
    const Matrix back = arma::fliplr(logits(o, {7, 2, 5, 1}));
    const double difference = static_cast<double>(arma::abs(forth - back).max());
    const double size = static_cast<double>(arma::abs(forth).max());
    if (positions == Positions::none) {
      BOOST_TEST(difference <= 64 * machine_epsilon * size);  // sums in another order, two blocks
    } else {
      BOOST_TEST(difference > 0.01 * size);
    }
  }
}

BOOST_AUTO_TEST_CASE(sinusoids_are_added_to_scaled_tokens) {
  Random random(3);
  Transformer model(with(Positions::sinusoidal), random);
  Tape tape;
  model(tape, {4, 4, 1, 0}, 2);
  Index sum = 0;
  while (tape.node(sum).kind() != "add") ++sum;
  const Matrix& w = model.tokens.weight.value;
  const Matrix p = sinusoidal_positions(32, 2);
  const Scalar factor = std::sqrt(Scalar(32));
  const Matrix expected =
      arma::join_rows(Matrix(factor * w.col(4) + p.col(0)), Matrix(factor * w.col(4) + p.col(1)),
                      Matrix(factor * w.col(1) + p.col(0)), Matrix(factor * w.col(0) + p.col(1)));
  const Matrix& x = tape.node(sum).value();
  BOOST_TEST((arma::approx_equal(x, expected, "absdiff", 4 * machine_epsilon)));
}

// Padding behind a sequence does not change what is said of its words.
BOOST_AUTO_TEST_CASE(padding_is_not_seen) {
  Random random(4);
  Transformer model(small(bert_options(words)), random);
  Tape tape;
  const Matrix alone = model(tape, {3, 1, 4}, 3).value();
  const Matrix mask("1; 1; 1; 0; 0");
  const Matrix padded = model(tape, {3, 1, 4, 0, 0}, 5, mask).value();
  const double off = static_cast<double>(arma::abs(padded.head_cols(3) - alone).max());
  BOOST_TEST(off <= 64 * machine_epsilon * static_cast<double>(arma::abs(alone).max()));
  const Matrix seen = model(tape, {3, 1, 4, 0, 0}, 5).value();
  BOOST_TEST(arma::abs(seen.head_cols(3) - alone).max() > 1e-4);
}

// One line watches the stream, in each model.
BOOST_AUTO_TEST_CASE(the_stream_is_labelled) {
  for (const TransformerOptions& o :
       {gpt2_options(words), llama_options(words), bert_options(words)}) {
    Random random(7);
    Transformer model(small(o), random);
    Tape tape;
    const std::vector<Index> input = {3, 1, 4, 1, 5, 2};
    tape.backward(cross_entropy(model(tape, input, 3), input));
    Recorder recorder;
    recorder.watch("embeddings").watch("blocks.*").watch("logits").take(tape, 0);
    std::vector<std::string> seen;
    for (const Record& r : recorder.records()) {
      seen.push_back(r.label + " " + std::string(to_string(r.kind)));
    }
    const std::vector<std::string> expected = {
        "embeddings value", "embeddings gradient", "blocks.0 value", "blocks.0 gradient",
        "blocks.1 value",   "blocks.1 gradient",   "logits value",   "logits gradient"};
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
  }
}

// What the labels name, from the model's own parts.
BOOST_AUTO_TEST_CASE(the_labels_name_what_leaves_each_block) {
  Random random(8);
  Transformer model(small(llama_options(words)), random);
  Tape tape, parts;
  const std::vector<Index> input = {3, 1, 4, 1, 5, 2};
  model(tape, input, 3);
  std::map<std::string, Matrix> labelled;
  for (Index i = 0; i < tape.size(); ++i) labelled[tape.node(i).label] = tape.node(i).value();
  const auto same = [](const Matrix& a, const Matrix& b) {
    return arma::approx_equal(a, b, "absdiff", 0);
  };
  Var x = model.tokens(parts, input);
  BOOST_TEST(same(labelled.at("embeddings"), x.value()));
  for (const Index i : {Index{0}, Index{1}}) {
    x = model.blocks[i](x, {.length = 3});
    BOOST_TEST(same(labelled.at("blocks." + std::to_string(i)), x.value()));
  }
  BOOST_TEST(same(labelled.at("logits"), (*model.head)((*model.final_norm)(x)).value()));
}

BOOST_AUTO_TEST_CASE(llama_has_no_biases_and_eight_thirds_of_the_width) {
  Random random(5);
  TransformerOptions o = llama_options(words, 32);
  BOOST_TEST(o.hidden == 88u);  // 85.3, rounded up to a multiple of 8
  BOOST_TEST(llama_options(words, 96).hidden == 256u);
  o.layers = 1;
  std::vector<std::string> names;
  for (const NamedParameter& p : Transformer(o, random).named_parameters()) names.push_back(p.name);
  const std::vector<std::string> expected = {"tokens.weight",
                                             "blocks.0.attention.qkv.weight",
                                             "blocks.0.attention.out.weight",
                                             "blocks.0.attention_residual.norm.weight",
                                             "blocks.0.feed_forward.up.weight",
                                             "blocks.0.feed_forward.gate.weight",
                                             "blocks.0.feed_forward.down.weight",
                                             "blocks.0.feed_forward_residual.norm.weight",
                                             "final_norm.weight",
                                             "head.weight"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bert_normalizes_its_embeddings_and_ends_normalized) {
  Random random(6);
  TransformerOptions o = small(bert_options(words));
  Transformer model(o, random);
  BOOST_TEST(model.embedding_norm.has_value());
  BOOST_TEST(!model.final_norm.has_value());
  const Matrix& down = model.blocks[0].feed_forward.down.weight.value;
  const double sd = static_cast<double>(arma::stddev(arma::vectorise(down)));
  // 0.02 everywhere; 4 standard deviations of the estimate from 32·128 weights
  BOOST_TEST(std::abs(sd / 0.02 - 1) < 4 / std::sqrt(2.0 * 32 * 128));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
