#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/train/trainer.hpp"
#include "locales.hpp"
#include "says.hpp"
#include "scratch.hpp"
#include "train/support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

// Everything the observer is told, to be compared with what was asked for.
struct Listener final : TrainingObserver {
  std::vector<double> rates, losses;
  std::vector<Matrix> before, after;
  void before_update(const TrainingStep& step) override {
    rates.push_back(step.optimizer.learning_rate());
    losses.push_back(step.metrics.loss);
    before.push_back(step.optimizer.parameters()[0]->value);
  }
  void after_update(const TrainingStep& step) override {
    after.push_back(step.optimizer.parameters()[0]->value);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(train)
BOOST_AUTO_TEST_SUITE(trainer)

BOOST_AUTO_TEST_CASE(a_small_problem_is_learned) {
  Run run;
  Trainer trainer(run.model, run.optimizer, silent);
  const std::vector<EpochReport>& history = trainer.fit(run.loader, run.test);
  BOOST_TEST_REQUIRE(history.size() == 5u);
  BOOST_TEST((trainer.ended() == Ended::all_epochs));
  BOOST_TEST(run.optimizer.steps() == 5 * 9u);  // 300 / 32, the odd last batch dropped
  BOOST_TEST(history.back().epoch == 5u);
  // The centres lie √(2·20)/0.5 = 13 σ apart: no sample is on the wrong side.
  BOOST_TEST(history.back().test.accuracy > 0.99);
  BOOST_TEST(history.back().test.loss < history.front().test.loss);
  BOOST_TEST(history.back().train.loss < history.front().train.loss);
}

BOOST_AUTO_TEST_CASE(a_step_is_the_step_written_out_by_hand) {
  Run run;
  const Matrix x = run.train.x.cols(0, 31);
  const std::vector<Index> labels(run.train.labels.begin(), run.train.labels.begin() + 32);
  SmallClassifier by_hand(20, 3);
  Tape tape;
  const Var logits = by_hand(tape.constant(x));
  const Var loss = cross_entropy(logits, labels);
  tape.backward(loss);
  for (Parameter* p : by_hand.parameters()) p->value -= Scalar(0.05) * p->gradient;

  Trainer trainer(run.model, run.optimizer, silent);
  const Metrics metrics = trainer.step(x, labels);
  BOOST_TEST(metrics.loss == static_cast<double>(loss.value()(0, 0)));
  Index correct = 0;
  for (Index i = 0; i < 32; ++i) correct += logits.value().col(i).index_max() == labels[i];
  BOOST_TEST(metrics.accuracy == correct / 32.0);
  const auto ours = run.model.parameters(), theirs = by_hand.parameters();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    BOOST_TEST(arma::approx_equal(ours[i]->value, theirs[i]->value, "absdiff",
                                  4 * machine_epsilon));  // two roundings of numbers near 1
  }
}

BOOST_AUTO_TEST_CASE(the_schedule_counts_steps_and_observers_see_them) {
  Run run;
  const CosineSchedule schedule{.learning_rate = 0.1, .warmup = 3, .total = 18};
  Listener listener;
  Trainer trainer(run.model, run.optimizer,
                  {.epochs = 2, .schedule = schedule, .progress = nullptr});
  trainer.observe(listener);
  const std::vector<EpochReport>& history = trainer.fit(run.loader, run.test);
  BOOST_TEST_REQUIRE(listener.rates.size() == 18u);
  for (Index step = 0; step < 18; ++step) BOOST_TEST(listener.rates[step] == schedule(step));
  BOOST_TEST(history[0].learning_rate == schedule(8));
  double sum = 0;
  for (Index step = 9; step < 18; ++step) sum += listener.losses[step];
  BOOST_TEST(history[1].train.loss == sum / 9, boost::test_tools::tolerance(1e-12));
  for (std::size_t step = 0; step + 1 < 18; ++step) {
    BOOST_TEST(!arma::approx_equal(listener.before[step], listener.after[step], "absdiff", 0));
    BOOST_TEST(arma::approx_equal(listener.after[step], listener.before[step + 1], "absdiff", 0));
  }
}

BOOST_AUTO_TEST_CASE(the_norm_of_the_gradients_is_limited) {
  Run run;
  SmallClassifier before = run.model;
  Sgd plain(run.model.parameters(), {.learning_rate = 1});
  Trainer trainer(run.model, plain, {.clip_norm = 1e-3, .progress = nullptr});
  trainer.step(run.train.x, run.train.labels);
  double moved = 0;
  const auto was = before.parameters(), is = run.model.parameters();
  for (std::size_t i = 0; i < is.size(); ++i) {
    moved += std::pow(static_cast<double>(arma::norm(is[i]->value - was[i]->value, "fro")), 2);
  }
  // 700 weights near 0.2 that move by 1e-3 together are rounded by 3e-7 in float.
  BOOST_TEST(std::sqrt(moved) == 1e-3, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(same_seed_same_bits_for_any_number_of_threads) {
  const int threads_before = num_threads();
  std::vector<std::vector<Matrix>> states;
  std::vector<double> losses;
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    Run run;
    Trainer trainer(run.model, run.optimizer, silent);
    losses.push_back(trainer.fit(run.loader, run.test).back().test.loss);
    states.push_back(state_of(run.model));
  }
  set_num_threads(threads_before);
  BOOST_TEST(same_bits(states[0], states[1]));
  BOOST_TEST(same_bits(states[0], states[2]));
  BOOST_TEST(losses[0] == losses[1]);
  BOOST_TEST(losses[0] == losses[2]);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_has_the_bits_of_one_that_was_not_interrupted) {
  const evenkeel_test::Scratch folder;
  const std::filesystem::path file = folder / "run.safetensors";
  const auto options = [](Index epochs, const std::filesystem::path& checkpoint) {
    return TrainerOptions{.epochs = epochs,
                          .schedule = CosineSchedule{.learning_rate = 0.1, .total = 45},
                          .checkpoint = checkpoint,
                          .progress = nullptr};
  };
  Run whole;
  Trainer without_a_break(whole.model, whole.optimizer, options(5, {}));
  without_a_break.fit(whole.loader, whole.test);

  Run first;
  Trainer(first.model, first.optimizer, options(2, file)).fit(first.loader, first.test);
  Run second;
  second.model.first.weight.value.zeros();  // nothing of it must remain
  Trainer resumed(second.model, second.optimizer, options(5, file));
  resumed.fit(second.loader, second.test);

  BOOST_TEST(!same_bits(state_of(first.model), state_of(whole.model)));
  BOOST_TEST(same_bits(state_of(second.model), state_of(whole.model)));
  BOOST_TEST_REQUIRE(resumed.history().size() == 5u);
  for (Index i = 0; i < 5; ++i) {
    const EpochReport &a = resumed.history()[i], &b = without_a_break.history()[i];
    BOOST_TEST(a.epoch == b.epoch);
    BOOST_TEST(a.learning_rate == b.learning_rate);
    BOOST_TEST(a.train.loss == b.train.loss);
    BOOST_TEST(a.train.accuracy == b.train.accuracy);
    BOOST_TEST(a.test.loss == b.test.loss);
    BOOST_TEST(a.test.accuracy == b.test.accuracy);
  }

  Run done;  // a run that is over stays over
  Trainer again(done.model, done.optimizer, options(5, file));
  again.fit(done.loader, done.test);
  BOOST_TEST((again.ended() == Ended::all_epochs));
  BOOST_TEST(same_bits(state_of(done.model), state_of(whole.model)));
}

BOOST_AUTO_TEST_CASE(a_run_is_resumed_in_any_locale, *evenkeel_test::needs_german()) {
  const evenkeel_test::Scratch folder;
  const TrainerOptions options{
      .epochs = 1, .checkpoint = folder / "run.safetensors", .progress = nullptr};
  Run first, second;
  Trainer trained(first.model, first.optimizer, options);
  trained.fit(first.loader, first.test);
  const evenkeel_test::German german;
  Trainer resumed(second.model, second.optimizer, options);
  resumed.fit(second.loader, second.test);
  const EpochReport &a = resumed.history().at(0), &b = trained.history().at(0);
  BOOST_TEST(a.learning_rate == b.learning_rate);
  BOOST_TEST(a.train.loss == b.train.loss);
  BOOST_TEST(a.test.accuracy == b.test.accuracy);
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_errors) {
  Run run;
  BOOST_CHECK_EXCEPTION(Trainer(run.model, run.optimizer, {.epochs = 0}), Error,
                        says("[trainer] epochs must be at least 1, got 0"));
  BOOST_CHECK_EXCEPTION(Trainer(run.model, run.optimizer, {.clip_norm = -1}), Error,
                        says("[trainer] clip_norm must be at least 0, got -1"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
