#include "evenkeel/variants/masked_norm.hpp"

#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "norm/support.hpp"
#include "reference/reference.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

const Matrix mask = {{1, 1, 0, 1, 0, 1}};  // of six samples

Var run_masked(const reference::Case& c, const reference::Inputs& in) {
  return masked_batch_norm(in.at("x"), c.inputs.at("mask"), 4, {in.at("gamma"), in.at("beta")});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(variants)
BOOST_AUTO_TEST_SUITE(masked)

// PyTorch's batch_norm of the valid samples, with the others left out.
BOOST_AUTO_TEST_CASE(against_pytorch_on_what_is_valid) {
  int held = 0;
  for (const reference::Case& c : reference::read("variants.json")) {
    if (c.op != "masked_batch_norm") continue;
    reference::through_tape(run_masked)(c);
    ++held;
  }
  BOOST_TEST(held == 1);
}

BOOST_AUTO_TEST_CASE(gradients) {
  const Matrix entries = {{1, 0, 1}, {1, 1, 1}, {0, 1, 1}, {1, 1, 0}};
  for (Centering centering : {Centering::subtract_mean, Centering::keep_mean}) {
    const GradientReport report = gradient_check(
        [&](Tape&, std::span<const Var> in) {
          return masked_norm(in[0], entries, {2, 3}, {in[1], in[2]}, 0.1, centering);
        },
        {random_matrix(4, 3), random_matrix(4, 1, 8), random_matrix(4, 1, 9)});
    BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
  }
}

BOOST_AUTO_TEST_CASE(padding_does_not_pollute) {
  const Matrix x = random_matrix(4, 6);
  Matrix polluted = x;
  polluted.cols(arma::find(mask == 0)).fill(1e3);
  RunningStats clean(2, 0.1), dirty(2, 0.1);
  Tape tape;
  const Var leaf = tape.variable(polluted);
  const Matrix y = masked_batch_norm(tape.constant(x), mask, 2, {}, 1e-5, &clean).value();
  const Var same = masked_batch_norm(leaf, mask, 2, {}, 1e-5, &dirty);
  BOOST_TEST(largest_difference(y, same.value()) == 0.0);
  BOOST_TEST(arma::abs(y.cols(arma::find(mask == 0))).max() == 0);
  BOOST_TEST(largest_difference(clean.mean, dirty.mean) == 0.0);
  BOOST_TEST(largest_difference(clean.variance, dirty.variance) == 0.0);
  tape.backward(same, random_matrix(4, 6, 3));
  BOOST_TEST(arma::abs(leaf.gradient().cols(arma::find(mask == 0))).max() == 0);
}

// Values, and running statistics with their n/(n − 1), are those of the valid samples alone.
BOOST_AUTO_TEST_CASE(the_count_is_of_valid_entries) {
  const Matrix x = random_matrix(4, 6);
  const arma::uvec valid = arma::find(mask == 1);
  RunningStats masked(2, 0.1), compact(2, 0.1);
  Tape tape;
  const Matrix y = masked_batch_norm(tape.constant(x), mask, 2, {}, 1e-5, &masked).value();
  const Matrix kept = batch_norm(tape.constant(x.cols(valid)), 2, {}, 1e-5, &compact).value();
  BOOST_TEST(largest_difference(y.cols(valid), kept) <= 16 * machine_epsilon);
  BOOST_TEST(largest_difference(masked.mean, compact.mean) <= 4 * machine_epsilon);
  BOOST_TEST(largest_difference(masked.variance, compact.variance) <= 4 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(a_mask_of_ones_is_the_norm_of_the_tile) {
  Tape tape;
  const Var x = tape.constant(random_matrix(4, 6));
  const Matrix ones(4, 6, arma::fill::ones);
  const Var group = masked_norm(x, ones, group_tile(x.shape(), 2));
  const Var rms = masked_norm(x, ones, layer_tile(x.shape()), {}, 1e-5, Centering::keep_mean);
  BOOST_TEST(largest_difference(group.value(), group_norm(x, 2, 4).value()) <= 8 * machine_epsilon);
  BOOST_TEST(largest_difference(rms.value(), rms_norm(x).value()) <= 8 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(a_tile_of_padding_is_zeros) {
  Tape tape;
  const Var x = tape.variable(random_matrix(4, 6));
  const Var y = masked_norm(x, mask, layer_tile(x.shape()));
  tape.backward(y, random_matrix(4, 6, 3));
  BOOST_TEST(arma::abs(y.value().col(2)).max() == 0);
  BOOST_TEST(arma::abs(x.gradient().col(2)).max() == 0);
  BOOST_TEST(x.gradient().is_finite());
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var x = tape.constant(random_matrix(4, 6));
  check_error([&] { masked_norm(x, Matrix(2, 6), {4, 1}); }, "[masked_norm] mask must be 4×6");
  check_error([&] { masked_norm(x, mask, {3, 1}); }, "[masked_norm] a tile of 3×1");
  check_error([&] { masked_batch_norm(x, mask, 3); }, "[masked_batch_norm] 4 rows");
  check_error([&] { masked_batch_norm(x, 0 * mask, 2); }, "two valid values or more, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
