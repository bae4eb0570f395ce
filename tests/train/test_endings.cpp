// How a training ends when it does not simply reach its last epoch.

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <limits>

#include "evenkeel/checkpoint/checkpoint.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/train/trainer.hpp"
#include "says.hpp"
#include "scratch.hpp"
#include "train/support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(train)
BOOST_AUTO_TEST_SUITE(endings)

BOOST_AUTO_TEST_CASE(training_stops_when_the_test_loss_gets_no_better) {
  Run run;
  Sgd still(run.model.parameters(), {.learning_rate = 1e-30});  // nothing can get better
  run.model.norm.update_statistics(false);
  Trainer trainer(run.model, still, {.epochs = 50, .patience = 3, .progress = nullptr});
  BOOST_TEST(trainer.fit(run.loader, run.test).size() == 4u);
  BOOST_TEST((trainer.ended() == Ended::no_better));
}

// Three epochs at a rate that learns, then one that does harm. Interrupted or not, the model ends
// with the bits that it had after the best epoch.
BOOST_AUTO_TEST_CASE(with_patience_the_best_weights_are_kept) {
  const Scratch folder;
  const auto options = [&](Index epochs, Index patience, const std::string& file) {
    return TrainerOptions{.epochs = epochs,
                          .schedule = [](Index step) { return step < 27 ? 0.05 : 20.0; },
                          .patience = patience,
                          .checkpoint = file.empty() ? "" : folder / file,
                          .progress = nullptr};
  };
  Run best, last, run;
  Trainer until_best(best.model, best.optimizer, options(3, 0, ""));
  until_best.fit(best.loader, best.test);
  BOOST_TEST(until_best.model_of_epoch() == 3u);
  Trainer without(last.model, last.optimizer, options(5, 0, ""));
  without.fit(last.loader, last.test);
  BOOST_TEST(without.model_of_epoch() == 5u);
  BOOST_TEST(without.history()[4].test.loss > 2 * without.history()[2].test.loss);

  Trainer trainer(run.model, run.optimizer, options(50, 2, "x"));
  trainer.fit(run.loader, run.test);
  BOOST_TEST((trainer.ended() == Ended::no_better));
  BOOST_TEST(trainer.history().size() == 5u);
  BOOST_TEST(trainer.model_of_epoch() == 3u);
  BOOST_TEST(same_bits(state_of(run.model), state_of(best.model)));

  Run wild;  // one that diverges after its best epoch
  TrainerOptions diverges = options(50, 2, "wild");
  diverges.schedule = [](Index step) { return step < 27 ? 0.05 : 1e38; };
  Trainer to_no_end(wild.model, wild.optimizer, diverges);
  to_no_end.fit(wild.loader, wild.test);
  BOOST_TEST((to_no_end.ended() == Ended::diverged));
  BOOST_TEST(to_no_end.model_of_epoch() == 3u);
  BOOST_TEST(same_bits(state_of(wild.model), state_of(best.model)));

  for (const Index first_part : {2u, 3u, 4u, 5u}) {  // the best before, at, or after the break
    const std::string file = std::to_string(first_part);
    Run broken, resumed;
    Trainer(broken.model, broken.optimizer, options(first_part, 2, file))
        .fit(broken.loader, broken.test);
    Trainer rest(resumed.model, resumed.optimizer, options(50, 2, file));
    rest.fit(resumed.loader, resumed.test);
    BOOST_TEST((rest.ended() == Ended::no_better));
    BOOST_TEST(rest.model_of_epoch() == 3u);
    BOOST_TEST(same_bits(state_of(resumed.model), state_of(best.model)));
  }

  Run taken;  // the file itself has the weights of the last epoch, to go on from
  load_module(folder / "x", taken.model);
  BOOST_TEST(same_bits(state_of(taken.model), state_of(last.model)));
  Run longer;
  Trainer without_patience(longer.model, longer.optimizer, options(6, 0, "x"));
  BOOST_TEST(without_patience.fit(longer.loader, longer.test).size() == 6u);
  BOOST_TEST(without_patience.model_of_epoch() == 6u);
}

BOOST_AUTO_TEST_CASE(training_stops_when_the_loss_is_no_number) {
  Run run;
  Sgd wild(run.model.parameters(), {.learning_rate = 1e38});
  Trainer trainer(run.model, wild, silent);
  const std::vector<EpochReport>& history = trainer.fit(run.loader, run.test);
  BOOST_TEST(history.size() < 5u);
  BOOST_TEST((trainer.ended() == Ended::diverged));
  BOOST_TEST(!std::isfinite(history.back().train.loss));
}

// In the second epoch's third step something becomes NaN or ∞; model, optimizer and file must be
// those of a run that ended after the first epoch.
BOOST_AUTO_TEST_CASE(a_run_that_diverges_keeps_the_last_good_epoch) {
  struct Spoiler final : TrainingObserver {
    enum What { loss, weight, statistics } what;
    SmallClassifier& model;
    Index updates = 0;
    Spoiler(What w, SmallClassifier& m) : what(w), model(m) {}
    void before_update(const TrainingStep&) override {}
    void after_update(const TrainingStep& step) override {
      ++updates;
      if (step.step != 9 + 1) return;
      Matrix& last = model.last.weight.value;
      if (what == loss) last.fill(std::numeric_limits<Scalar>::max() / 2);  // the next is none
      if (what == weight) last(0, 0) = NAN;
      if (what == statistics)
        model.norm.named_buffers()[2].buffer->fill(INFINITY);  // seen by no loss
    }
  };
  for (const auto what : {Spoiler::loss, Spoiler::weight, Spoiler::statistics}) {
    const Scratch folder;
    Run one, run;
    TrainerOptions options = {.epochs = 1, .progress = nullptr};
    options.checkpoint = folder / "one.safetensors";
    Trainer(one.model, one.optimizer, options).fit(one.loader, one.test);

    options.epochs = 5;
    options.checkpoint = folder / "run.safetensors";
    Trainer trainer(run.model, run.optimizer, options);
    Spoiler spoiler(what, run.model);
    trainer.observe(spoiler);
    const std::vector<EpochReport>& history = trainer.fit(run.loader, run.test);
    BOOST_TEST((trainer.ended() == Ended::diverged));
    BOOST_TEST_REQUIRE(history.size() == 2u);
    BOOST_TEST(!std::isfinite(history[1].train.loss));
    BOOST_TEST(!std::isfinite(history[1].test.loss));
    BOOST_TEST(spoiler.updates == (what == Spoiler::statistics ? 18 : 9 + 2));
    BOOST_TEST(same_bits(state_of(run.model), state_of(one.model)));
    BOOST_TEST(run.optimizer.steps() == 9u);
    BOOST_TEST(trainer.model_of_epoch() == 1u);
    for (std::size_t i = 0; i < one.optimizer.progress().states.size(); ++i) {
      BOOST_TEST(same_bits({run.optimizer.progress().states[i].first},
                           {one.optimizer.progress().states[i].first}));
    }

    Run again;  // goes on from the file, and ends well
    Trainer resumed(again.model, again.optimizer, options);
    BOOST_TEST(resumed.fit(again.loader, again.test).size() == 5u);
    BOOST_TEST((resumed.ended() == Ended::all_epochs));
    BOOST_TEST(again.optimizer.steps() == 5 * 9u);
  }
}

// In the second epoch something throws, a step or the evaluation; model, optimizer and file are
// those of the first, and another fit ends with the bits of a run in which nothing was thrown.
BOOST_AUTO_TEST_CASE(a_run_that_throws_keeps_the_last_good_epoch) {
  struct Fragile final : Layer {
    SmallClassifier& model;
    int left;  // forward passes until it throws
    Fragile(SmallClassifier& m, int passes) : model(m), left(passes) {}
    Var operator()(Var x) override {
      if (left-- == 0) throw Error("enough");
      return model(x);
    }
    void members(Members& m) override { m.module("model", model); }
  };
  const auto settings = [](const Scratch& folder) {
    TrainerOptions options = {.epochs = 3, .progress = nullptr};
    options.checkpoint = folder / "run.safetensors";
    return options;
  };
  const Scratch whole_folder, one_folder;
  Run whole, one;
  Trainer(whole.model, whole.optimizer, settings(whole_folder)).fit(whole.loader, whole.test);
  TrainerOptions first_epoch = settings(one_folder);
  first_epoch.epochs = 1;
  Trainer(one.model, one.optimizer, first_epoch).fit(one.loader, one.test);
  Tape tape;
  Fragile counts(one.model, 1000);
  evaluate(tape, counts, one.test);
  const int steps = 9, evaluation = 1000 - counts.left;
  for (const int passes : {steps + evaluation + 4, steps + evaluation + steps}) {
    const Scratch folder;
    Run run;
    Fragile model(run.model, passes);
    Trainer trainer(model, run.optimizer, settings(folder));
    BOOST_CHECK_EXCEPTION(trainer.fit(run.loader, run.test), Error, says("enough"));
    BOOST_TEST(trainer.history().size() == 1u);
    BOOST_TEST(trainer.model_of_epoch() == 1u);
    BOOST_TEST(same_bits(state_of(run.model), state_of(one.model)));
    BOOST_TEST(run.optimizer.steps() == 9u);
    for (std::size_t i = 0; i < one.optimizer.progress().states.size(); ++i) {
      BOOST_TEST(same_bits({run.optimizer.progress().states[i].first},
                           {one.optimizer.progress().states[i].first}));
    }
    BOOST_TEST(trainer.fit(run.loader, run.test).size() == 3u);
    BOOST_TEST((trainer.ended() == Ended::all_epochs));
    BOOST_TEST(same_bits(state_of(run.model), state_of(whole.model)));
  }
}

BOOST_AUTO_TEST_CASE(a_step_that_is_no_number_moves_no_weight) {
  Run run;
  Trainer trainer(run.model, run.optimizer, silent);
  const auto before = run.model.parameters();
  std::vector<Matrix> values;
  for (const Parameter* p : before) values.push_back(p->value);
  Matrix x = run.train.x.cols(0, 31);
  x(3, 5) = NAN;
  const std::vector<Index> labels(run.train.labels.begin(), run.train.labels.begin() + 32);
  BOOST_TEST(std::isnan(trainer.step(x, labels).loss));
  BOOST_TEST((trainer.ended() == Ended::diverged));
  BOOST_TEST(trainer.fit(run.loader, run.test).empty());  // it has ended
  BOOST_TEST(trainer.model_of_epoch() == 0u);
  for (std::size_t i = 0; i < values.size(); ++i) {
    BOOST_TEST(same_bits({before[i]->value}, {values[i]}));
  }
  BOOST_TEST(run.optimizer.steps() == 0u);
}

// 120 = 7 · 17 + 1, and a BatchNorm cannot normalize one sample.
BOOST_AUTO_TEST_CASE(a_single_sample_that_remains_names_drop_last) {
  Run run;
  const Samples samples = clusters(120, 1);
  Trainer trainer(run.model, run.optimizer, silent);
  Loader odd(samples, {.batch = 17}, 1);
  BOOST_CHECK_EXCEPTION(trainer.fit(odd, run.test), Error, says("drop_last of LoaderOptions"));
  Loader even(samples, {.batch = 17, .drop_last = true}, 1);
  BOOST_TEST(trainer.fit(even, run.test).size() == 5u);
}

BOOST_AUTO_TEST_CASE(what_the_end_needs_is_tried_before_the_first_step) {
  const Scratch folder;
  Run run;
  TrainerOptions options = silent;
  options.checkpoint = folder / "none/run.safetensors";
  Trainer nowhere(run.model, run.optimizer, options);
  BOOST_CHECK_EXCEPTION(nowhere.fit(run.loader, run.test), Error,
                        says("[trainer] cannot write " + options.checkpoint.string()));
  Trainer trainer(run.model, run.optimizer, silent);
  BOOST_CHECK_EXCEPTION(trainer.fit(run.loader, clusters(0, 1)), Error, says("no samples"));
  Samples odd = clusters(9, 1);
  odd.labels.pop_back();
  BOOST_CHECK_THROW(trainer.fit(run.loader, odd), Error);
  BOOST_TEST(run.optimizer.steps() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
