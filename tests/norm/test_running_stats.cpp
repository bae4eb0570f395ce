#include "evenkeel/norm/running_stats.hpp"

#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

Var run(Layer& norm, Tape& tape, const Matrix& x) {
  return norm(tape.constant(x));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(running_stats)

// Batch (1, 3): mean 2, biased variance 1, unbiased 2.
BOOST_AUTO_TEST_CASE(momentum_weighs_the_new_batch) {
  BatchNorm norm(1);
  Tape tape;
  run(norm, tape, Matrix{{1, 3}});
  BOOST_TEST(norm.running()->mean[0] == Scalar(0.1) * 2);
  BOOST_TEST(std::abs(norm.running()->variance[0] - Scalar(0.9 * 1 + 0.1 * 2)) <=
             2 * machine_epsilon);
  BOOST_TEST(norm.running()->batches[0] == Scalar{1});
}

BOOST_AUTO_TEST_CASE(without_momentum_every_batch_counts_the_same) {
  BatchNorm norm(1, {.momentum = std::nullopt});
  Tape tape;
  run(norm, tape, Matrix{{1, 3}});   // mean 2
  run(norm, tape, Matrix{{4, 6}});   // mean 5
  run(norm, tape, Matrix{{6, 10}});  // mean 8
  BOOST_TEST(std::abs(norm.running()->mean[0] - Scalar{5}) <= 8 * machine_epsilon);
  BOOST_TEST(std::abs(norm.running()->variance[0] - Scalar(12) / 3) <= 8 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(three_switches) {
  BatchNorm norm(2);
  Tape tape;
  const Matrix x = random_matrix(2, 8) + 3;

  norm.update_statistics(false);  // training goes on with the batch's statistics
  const Matrix frozen = run(norm, tape, x).value();
  BOOST_TEST(norm.running()->mean[0] == Scalar{0});
  BOOST_TEST(std::abs(arma::accu(frozen.row(0))) <= 32 * machine_epsilon);

  norm.update_statistics(true);
  {
    const NoGrad scope(tape);  // statistics are taken although no gradients are recorded
    BOOST_TEST(!run(norm, tape, x).requires_grad());
  }
  const Scalar after = norm.running()->mean[0];
  BOOST_TEST(after != Scalar{0});

  norm.eval();  // evaluation changes nothing
  const Var evaluated = run(norm, tape, x);
  BOOST_TEST(norm.running()->mean[0] == after);
  const Scalar rstd = 1 / std::sqrt(norm.running()->variance[0] + Scalar(1e-5));
  BOOST_TEST(std::abs(evaluated.value()(0, 0) - (x(0, 0) - after) * rstd) <= 8 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(without_tracking_evaluation_uses_the_batch) {
  BatchNorm norm(2, {.track_running_stats = false});
  Tape tape;
  const Matrix x = random_matrix(2, 8) + 3;
  const Matrix training = run(norm, tape, x).value();
  norm.eval();
  BOOST_TEST(largest_difference(run(norm, tape, x).value(), training) == 0.0);
  BOOST_TEST(norm.named_buffers().empty());
}

// InstanceNorm's running mean is the mean over samples of each sample's mean.
BOOST_AUTO_TEST_CASE(instances_are_averaged) {
  InstanceNorm norm(1, {.momentum = 1.0, .track_running_stats = true});
  Tape tape;
  run(norm, tape, Matrix{{1, 10}, {3, 14}});  // two samples of two positions: means 2 and 12
  BOOST_TEST(norm.running()->mean[0] == Scalar{7});
  BOOST_TEST(norm.running()->variance[0] == Scalar{(2 + 8) / 2});
}

BOOST_AUTO_TEST_CASE(a_copy_has_its_own_statistics) {
  BatchNorm norm(1);
  BatchNorm copy = norm;
  Tape tape;
  run(norm, tape, Matrix{{1, 3}});
  BOOST_TEST(copy.running()->mean[0] == Scalar{0});
}

BOOST_AUTO_TEST_CASE(errors) {
  check_error([] { RunningStats(2, 1.5); }, "[running_stats] momentum must be in [0, 1], got 1.5");
  Tape tape;
  BatchNorm norm(4);
  check_error([&] { run(norm, tape, random_matrix(4, 1)); },
              "[batch_norm] each channel of x (4×1) has one value");
  BOOST_TEST(norm.running()->batches[0] == Scalar{0});  // nothing half-done
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
