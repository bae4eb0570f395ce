#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/train/evaluate.hpp"
#include "says.hpp"
#include "train/support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(train)
BOOST_AUTO_TEST_SUITE(evaluation)

BOOST_AUTO_TEST_CASE(loss_and_accuracy_of_logits_worked_out_by_hand) {
  struct Logits final : Layer {
    Var operator()(Var x) override { return x; }
    void members(Members&) override {}
  } model;
  Samples samples;
  samples.classes = 2;
  samples.image = {2, 1, 1};
  samples.x = Matrix("0 2 0; 1 0 0");  // 2 classes × 3 samples
  samples.labels = {1, 0, 1};          // the third is a tie: the first of equals is class 0
  Tape tape;
  const Metrics metrics = evaluate(tape, model, samples, 2);
  BOOST_TEST(metrics.accuracy == 2.0 / 3);
  const double expected =
      (std::log1p(std::exp(-1.0)) + std::log1p(std::exp(-2.0)) + std::log(2.0)) / 3;
  BOOST_TEST(metrics.loss == expected, boost::test_tools::tolerance(8 * double{machine_epsilon}));
}

BOOST_AUTO_TEST_CASE(a_NaN_predicts_nothing) {
  Matrix logits("0 2 0 1; 1 0 0 2; 0 0 1 3");  // 3 classes × 4 samples
  logits(0, 0) = logits(1, 1) = logits(2, 2) = NAN;
  BOOST_TEST(correct_predictions(logits, {0, 0, 0, 2}) == 1u);
  BOOST_TEST(correct_predictions(logits, {1, 1, 2, 2}) == 1u);
  logits.col(3).fill(NAN);
  BOOST_TEST(correct_predictions(logits, {0, 0, 0, 0}) == 0u);
}

BOOST_AUTO_TEST_CASE(the_size_of_the_batches_changes_no_more_than_rounding) {
  SmallClassifier model(20, 3);
  const Samples samples = clusters(103, 3);
  Tape tape;
  const Metrics whole = evaluate(tape, model, samples, 500);
  for (const Index batch : {Index{1}, Index{10}, Index{103}}) {
    const Metrics cut = evaluate(tape, model, samples, batch);
    BOOST_TEST(cut.accuracy == whole.accuracy);
    // a mean of 103 losses near 1, each rounded
    BOOST_TEST(cut.loss == whole.loss, boost::test_tools::tolerance(20 * double{machine_epsilon}));
  }
}

BOOST_AUTO_TEST_CASE(it_leaves_the_model_and_the_tape_as_they_were) {
  SmallClassifier model(20, 3);
  model.norm.eval();  // a frozen norm in a model that trains
  const std::vector<Matrix> before = state_of(model);
  Tape tape;
  evaluate(tape, model, clusters(100, 3));
  BOOST_TEST(same_bits(before, state_of(model)));  // running statistics too
  BOOST_TEST(model.training());
  BOOST_TEST(model.first.training());
  BOOST_TEST(!model.norm.training());
  BOOST_TEST(tape.recording());
  BOOST_TEST(tape.size() == 0u);

  struct Broken final : Layer {
    Var operator()(Var) override { fail("broken", "on purpose"); }
    void members(Members&) override {}
  } broken;
  BOOST_CHECK_EXCEPTION(evaluate(tape, broken, clusters(10, 3)), Error, says("on purpose"));
  BOOST_TEST(broken.training());
  BOOST_TEST(tape.recording());
}

BOOST_AUTO_TEST_CASE(nothing_to_look_at_is_an_error) {
  SmallClassifier model(20, 3);
  Tape tape;
  BOOST_CHECK_EXCEPTION(evaluate(tape, model, clusters(0, 3)), Error, says("there are no samples"));
  BOOST_CHECK_EXCEPTION(evaluate(tape, model, clusters(9, 3), 0), Error, says("batch"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
