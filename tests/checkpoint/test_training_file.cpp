#include <array>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "locales.hpp"
#include "support.hpp"

using namespace evenkeel_test;

namespace {

// Dropout, BatchNorm's running statistics, AdamW in two groups, a schedule, random batches.
struct Run {
  Net net;
  AdamW optimizer;
  Random batches;
  TrainingState state;

  explicit Run(std::uint64_t seed)
      : net(Random(seed)), optimizer(decay_matrices_only(net, 0.1)), batches(seed + 1) {
    state.randoms = {{"batches", &batches}};
  }

  void train(int steps) {
    const CosineSchedule rate{0.1, 0.01, 3, 10};
    Tape tape;
    for (int i = 0; i < steps; ++i) {
      tape.rewind();
      net.zero_gradient();
      const Matrix x = batches.normal(2, 6);
      const Matrix product = x.row(0) % x.row(1);
      tape.backward(mse(net(tape.constant(x)), tape.constant(product)));
      optimizer.set_learning_rate(rate(state.iteration));
      optimizer.step();
      ++state.iteration;
    }
  }
};

bool same_memory(Optimizer& a, Optimizer& b) {
  bool equal = a.steps() == b.steps() && a.learning_rate() == b.learning_rate();
  for (std::size_t i = 0; i < a.progress().states.size(); ++i) {
    equal = equal && a.progress().states[i].steps == b.progress().states[i].steps &&
            same(a.progress().states[i].first, b.progress().states[i].first) &&
            same(a.progress().states[i].second, b.progress().states[i].second);
  }
  return equal;
}

// Everything that a load may change.
bool same_run(Run& a, Run& b) {
  return same(numbers_of(a.net), numbers_of(b.net)) && same_memory(a.optimizer, b.optimizer) &&
         a.batches.state() == b.batches.state() && a.state.iteration == b.state.iteration &&
         a.net.named_randoms()[0].random->state() == b.net.named_randoms()[0].random->state() &&
         a.state.notes == b.state.notes;
}

void load(const fs::path& path, Run& run) {
  load_training(path, run.net, run.optimizer, run.state);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)
BOOST_AUTO_TEST_SUITE(training_file)

BOOST_AUTO_TEST_CASE(resumes_bit_for_bit) {
  const Scratch folder;
  Run whole(1);
  whole.state.notes["layers"] = "2";
  whole.train(5);
  const double rate = whole.optimizer.learning_rate();  // no round number
  save_training(folder / "half", whole.net, whole.optimizer, whole.state);
  whole.train(5);

  Run resumed(77);
  load(folder / "half", resumed);
  BOOST_TEST(resumed.state.iteration == 5u);
  BOOST_TEST(resumed.optimizer.steps() == 5u);
  BOOST_TEST(resumed.optimizer.learning_rate() == rate);
  BOOST_TEST(!same(numbers_of(resumed.net), numbers_of(whole.net)));
  resumed.train(5);
  BOOST_TEST(same_run(resumed, whole));
  BOOST_TEST(read_notes(folder / "half").at("layers") == "2");
}

BOOST_AUTO_TEST_CASE(before_the_first_step) {
  const Scratch folder;
  Run whole(1), resumed(2);
  save_training(folder / "x", whole.net, whole.optimizer, whole.state);
  load(folder / "x", resumed);
  whole.train(2);
  resumed.train(2);
  BOOST_TEST(same_run(resumed, whole));
}

// Dropout in three places of each block, and of the embeddings.
BOOST_AUTO_TEST_CASE(a_gpt_resumes_bit_for_bit) {
  struct Learner {
    Random random;
    Gpt gpt;
    AdamW optimizer;
    TrainingState state;

    explicit Learner(std::uint64_t seed)
        : random(seed), gpt(options(), random), optimizer(decay_matrices_only(gpt, 0.1)) {
      state.randoms = {{"batches", &random}};
    }
    static GptOptions options() {
      GptOptions o;
      o.vocabulary = 5;
      o.context = 4;
      o.width = 8;
      o.layers = 2;
      o.heads = 2;
      o.dropout = {.p = 0.2};
      return o;
    }
    void train(int steps) {
      Tape tape;
      for (int step = 0; step < steps; ++step) {
        tape.rewind();
        gpt.zero_gradient();
        const std::vector<Index> tokens = random.permutation(4);
        tape.backward(cross_entropy(gpt(tape, tokens, 4), tokens));
        optimizer.step();
      }
    }
  };
  const Scratch folder;
  Learner whole(1), resumed(2);
  whole.train(3);
  save_training(folder / "x", whole.gpt, whole.optimizer, whole.state);
  load_training(folder / "x", resumed.gpt, resumed.optimizer, resumed.state);
  whole.train(3);
  BOOST_TEST(!same(numbers_of(whole.gpt), numbers_of(resumed.gpt)));
  resumed.train(3);
  BOOST_TEST(same(numbers_of(whole.gpt), numbers_of(resumed.gpt)));
  BOOST_TEST(same_memory(whole.optimizer, resumed.optimizer));
}

// The weights alone, for an evaluation.
BOOST_AUTO_TEST_CASE(load_module_takes_the_weights_of_a_run) {
  const Scratch folder;
  Run run(1);
  run.train(3);
  save_training(folder / "x", run.net, run.optimizer, run.state);
  Net net(Random(5));
  load_module(folder / "x", net);
  BOOST_TEST(same(numbers_of(net), numbers_of(run.net)));
}

BOOST_AUTO_TEST_CASE(a_frozen_parameter_has_no_memory) {
  const Scratch folder;
  Run whole(1), resumed(2);
  for (Run* run : {&whole, &resumed}) run->net.linear.bias.requires_grad = false;
  whole.train(2);
  save_training(folder / "x", whole.net, whole.optimizer, whole.state);
  load(folder / "x", resumed);
  whole.train(2);
  resumed.train(2);
  BOOST_TEST(same_run(resumed, whole));
}

// Each change of a good file is an error and leaves the run as it was.
BOOST_AUTO_TEST_CASE(what_does_not_fit_changes_nothing) {
  const Scratch folder;
  Run run(1);
  run.train(2);
  save_training(folder / "good", run.net, run.optimizer, run.state);
  const TensorFile good = read_tensors(folder / "good");
  Run other(2), untouched(2);
  other.train(1);
  untouched.train(1);
  const std::string precision = sizeof(Scalar) == 8 ? "F32" : "F64";
  const std::vector<std::array<std::string, 3>> changes = {
      {"precision", precision, "cannot go on here: its \"precision\" is \"F"},
      {"evenkeel.training", "2", R"(its "evenkeel.training" is "2", here it is "1")"},
      {"optimizer.rule", "sgd", R"(its "optimizer.rule" is "sgd", here it is "adamw")"},
      {"optimizer.learning_rate", "-1", "learning rate is below 0"},
      {"optimizer.learning_rate", "nan", "learning rate is below 0"},
      {"optimizer.learning_rate", "0.1x", R"(is no number: "0.1x")"},
      {"optimizer.steps", "-1", R"("optimizer.steps" is no number)"},
      {"optimizer.steps.out.bias", "", R"("optimizer.steps.out.bias" is no number)"},
      {"optimizer.steps.out.bias", "0", R"(unexpected: "optimizer.first.out.bias", )"},
      {"iteration", "99999999999999999999999", "is no number"},
      {"random.run.batches", "1 2 3", "must be 312 numbers"},
      {"random.module.dropout.random", "", "must be 312 numbers"},
      {"random.run.more", "1", "had 3 random states, this one has 2"},
  };
  for (const auto& [key, text, complaint] : changes) {
    TensorFile file = good;
    file.metadata[key] = text;
    write_tensors(folder / "bad", file);
    BOOST_TEST_CONTEXT(key) {
      BOOST_CHECK_EXCEPTION(load(folder / "bad", other), Error, says(complaint));
      BOOST_TEST(same_run(other, untouched));
    }
    if (key == "random.run.more") continue;
    file.metadata.erase(key);
    write_tensors(folder / "bad", file);
    BOOST_CHECK_THROW(load(folder / "bad", other), Error);
    BOOST_TEST(same_run(other, untouched));
  }
  for (std::size_t i = 0; i < good.tensors.size(); ++i) {
    TensorFile file = good;
    file.tensors.erase(file.tensors.begin() + static_cast<std::ptrdiff_t>(i));
    write_tensors(folder / "bad", file);
    BOOST_CHECK_EXCEPTION(load(folder / "bad", other), Error, says("1 missing: "));
    BOOST_TEST(same_run(other, untouched));
  }
}

BOOST_AUTO_TEST_CASE(two_random_states_need_two_names) {
  const Scratch folder;
  Run run(1);
  run.state.randoms.push_back({"batches", &run.batches});
  BOOST_CHECK_EXCEPTION(save_training(folder / "x", run.net, run.optimizer, run.state), Error,
                        says(R"(two random states are named "random.run.batches")"));
  BOOST_TEST(folder.files() == 0u);
}

BOOST_AUTO_TEST_CASE(other_optimizers_and_other_modules) {
  const Scratch folder;
  Run run(1);
  Parameter stranger(Matrix(1, 1), "stranger");
  Sgd strange({&stranger});
  BOOST_CHECK_EXCEPTION(save_training(folder / "x", run.net, strange, {}), Error,
                        says(R"(a parameter "stranger" that the module does not list)"));
  save_module(folder / "x", run.net);
  BOOST_CHECK_EXCEPTION(
      load(folder / "x", run), Error,
      says("it is no training run: it has no \"evenkeel.training\" (load_module takes"));

  // Momentum is memory: a run without it is another run.
  Sgd plain(run.net.parameters()), momentum(run.net.parameters(), {.momentum = 0.9});
  for (Parameter* p : run.net.parameters()) {
    p->gradient = p->value;
    p->has_gradient = true;
  }
  momentum.step();
  TrainingState state;
  save_training(folder / "x", run.net, momentum, state);
  BOOST_CHECK_EXCEPTION(load_training(folder / "x", run.net, plain, state), Error,
                        says("unexpected: \"optimizer.first."));
  load_training(folder / "x", run.net, momentum, state);
}

// Text in the file: random states, a learning rate, counts.
BOOST_AUTO_TEST_CASE(a_locale_changes_nothing, *needs_german()) {
  const Scratch folder;
  Run run(1), other(2);
  run.train(5);
  run.state.iteration = 1'234'567;
  save_training(folder / "plain", run.net, run.optimizer, run.state);
  const German german;
  save_training(folder / "german", run.net, run.optimizer, run.state);
  BOOST_TEST((bytes_of(folder / "german") == bytes_of(folder / "plain")));
  load_training(folder / "plain", other.net, other.optimizer, other.state);
  BOOST_TEST(other.state.iteration == 1'234'567u);
  BOOST_TEST(other.optimizer.learning_rate() == run.optimizer.learning_rate());
  BOOST_TEST(other.batches.uniform() == run.batches.uniform());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
