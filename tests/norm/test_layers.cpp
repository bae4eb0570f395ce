#include <memory>
#include <vector>

#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "evenkeel/variants/batch_renorm.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

std::vector<std::string> names(Module& module) {
  std::vector<std::string> all;
  for (const NamedParameter& named : module.named_parameters()) all.push_back(named.name);
  for (const NamedBuffer& named : module.named_buffers()) all.push_back(named.name);
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(layers)

BOOST_AUTO_TEST_CASE(affine_and_bias_say_what_is_learned) {
  LayerNorm full(4), no_bias(4, {.bias = false}), plain(4, {.affine = false});
  BOOST_TEST((names(full) == Names{"weight", "bias"}));
  BOOST_TEST((names(no_bias) == Names{"weight"}));
  BOOST_TEST(names(plain).empty());
  RmsNorm rms(4);
  BOOST_TEST((names(rms) == Names{"weight"}));
  InstanceNorm instance(4);
  BOOST_TEST(names(instance).empty());
  BatchNorm batch(4);
  BOOST_TEST((names(batch) ==
              Names{"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}));
  BatchRenorm renorm(4);
  BOOST_TEST((names(renorm) == names(batch)));
  for (const NamedParameter& named : batch.named_parameters()) {
    const Scalar start = named.name == "weight" ? 1 : 0;
    BOOST_TEST(named.parameter->value.n_rows == 4u);
    BOOST_TEST(arma::all(arma::vectorise(named.parameter->value) == start));
  }
}

// One group is LayerNorm, a group for each channel is InstanceNorm (Wu & He 2018, section 3).
BOOST_AUTO_TEST_CASE(group_norm_lies_between_layer_and_instance_norm) {
  Tape tape;
  const Var x = tape.constant(random_matrix(12, 5));  // 4 channels × 3 positions
  BOOST_TEST(largest_difference(group_norm(x, 1, 4).value(), layer_norm(x).value()) == 0.0);
  BOOST_TEST(largest_difference(group_norm(x, 4, 4).value(), instance_norm(x, 4).value()) == 0.0);
}

// What the tile idea gives for free.
BOOST_AUTO_TEST_CASE(norms_without_a_class_of_their_own) {
  Tape tape;
  const Var x = tape.constant(random_matrix(6, 5) + 2);
  const Matrix rms_over_groups =
      normalize(x, group_tile(x.shape(), 2), Centering::keep_mean, 0).value();
  const Matrix group = rms_over_groups.submat(0, 0, 2, 0);
  BOOST_TEST(std::abs(arma::accu(arma::square(group)) / 3 - 1) <= 16 * machine_epsilon);
  const Matrix whole = normalize(x, x.shape()).value();
  BOOST_TEST(std::abs(arma::accu(whole)) <= 100 * machine_epsilon);
  const Matrix batch_rms = normalize(x, batch_tile(x.shape(), 6), Centering::keep_mean, 0).value();
  BOOST_TEST(std::abs(arma::accu(arma::square(batch_rms.row(3))) / 5 - 1) <= 16 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(what_each_norm_does_not_notice) {
  const Matrix x = random_matrix(8, 6);
  const double rounding = 100 * machine_epsilon;
  const Unary layer = [](Var v) { return layer_norm(v, {}, 0); };
  const Unary rms = [](Var v) { return rms_norm(v, {}, 0); };
  const Unary batch = [](Var v) { return batch_norm(v, 8, {}, 0); };
  BOOST_TEST(shift_invariance(layer, x) <= rounding);
  BOOST_TEST(scale_invariance(layer, x) <= rounding);
  BOOST_TEST(sample_independence(layer, x) == 0.0);
  BOOST_TEST(shift_invariance(rms, x) > 0.1);
  BOOST_TEST(scale_invariance(rms, x) <= rounding);
  BOOST_TEST(sample_independence(batch, x) > 0.1);
}

BOOST_AUTO_TEST_CASE(every_parameter_gets_a_gradient) {
  std::vector<std::unique_ptr<Layer>> norms;
  norms.push_back(std::make_unique<BatchNorm>(4));
  norms.push_back(std::make_unique<BatchRenorm>(4));
  norms.push_back(std::make_unique<LayerNorm>(4));
  norms.push_back(std::make_unique<GroupNorm>(2, 4));
  norms.push_back(std::make_unique<RmsNorm>(4));
  norms.push_back(
      std::make_unique<InstanceNorm>(4, InstanceNormOptions{.affine = true, .sequence_length = 3}));
  for (const std::unique_ptr<Layer>& norm : norms) {
    Tape tape;
    tape.backward((*norm)(tape.constant(random_matrix(4, 6))), random_matrix(4, 6, 2));
    BOOST_TEST(!norm->parameters().empty());
    BOOST_TEST(without_gradient(norm->parameters()).empty());
  }
}

BOOST_AUTO_TEST_CASE(errors_name_the_norm) {
  Tape tape;
  const Var x = tape.constant(random_matrix(64, 100));
  const Var gamma = tape.constant(arma::ones<Matrix>(32, 1));
  check_error(
      [&] {
        layer_norm(x, {gamma, {}});
      },
      "[layer_norm] gamma must be 64×1 to match x (64×100), got 32×1");
  check_error([&] { rms_norm(x, {gamma, {}}); }, "[rms_norm] gamma must be 64×1");
  check_error([&] { batch_norm(x, 16, {gamma, {}}); }, "[batch_norm] gamma must be 16×1");
  check_error([&] { batch_norm(x, 7); }, "[batch_norm] 64 rows cannot be cut into 7 channels");
  check_error([&] { group_norm(x, 3, 64); },
              "[group_norm] 64 channels cannot be cut into 3 groups");
  check_error([&] { group_norm(x, 0, 64); }, "cannot be cut into 0 groups");
  check_error([&] { group_norm(x, 4, 48); },
              "[group_norm] 64 rows of x (64×100) cannot be cut into 48 channels");
  check_error([&] { instance_norm(x, 64); },
              "[instance_norm] each channel of x (64×100) has one value");
  check_error([&] { layer_norm(x, {{}, gamma}); }, "[layer_norm] beta needs a gamma");
}

// 12 rows can be cut into the 4 groups, but not into the 8 channels that gamma and beta have.
BOOST_AUTO_TEST_CASE(group_norm_wants_its_channels_whether_it_has_gamma_or_not) {
  Tape tape;
  const Var x = tape.constant(random_matrix(12, 2));
  for (bool affine : {true, false}) {
    GroupNorm norm(4, 8, {.affine = affine});
    check_error([&] { norm(x); }, "[group_norm] 12 rows of x (12×2) cannot be cut into 8 channels");
  }
}

// The op on its own, too: the fast body would read past the end of gamma.
BOOST_AUTO_TEST_CASE(a_gamma_that_does_not_fit_is_refused_by_the_op) {
  Tape tape;
  const Var x = tape.constant(random_matrix(12, 2));
  const Var gamma = tape.constant(arma::ones<Matrix>(8, 1));
  const auto set_options = [](Normalize& op) { op.tile = {3, 1}; };
  check_error([&] { record<Normalize>({x, gamma}, set_options); }, "gamma must be channels×1");
}

BOOST_AUTO_TEST_CASE(evaluation_names_the_norm_in_its_errors) {
  Tape tape;
  const Var x = tape.constant(random_matrix(12, 2));
  RunningStats running(4, 0.1);
  check_error([&] { batch_norm_eval(x, running, {}, -1); }, "[batch_norm] eps must be at least 0");
  BatchNorm batch(5);
  InstanceNorm instance(5, {.track_running_stats = true});
  batch.eval();
  instance.eval();
  check_error([&] { batch(x); }, "[batch_norm] 12 rows of x (12×2) cannot be cut into 5");
  check_error([&] { instance(x); }, "[instance_norm] 12 rows of x (12×2) cannot be cut into 5");
  check_error([&] { batch_norm(x, 3, {}, 1e-5, &running); },
              "[batch_norm] the running mean must be 3×1 for the channels, got 4×1");
}

// With and without gamma and beta, in training and in evaluation; one node each.
BOOST_AUTO_TEST_CASE(the_tape_calls_a_norm_by_its_name) {
  Tape tape;
  const Var x = tape.constant(random_matrix(12, 3));
  const auto check_name = [&](std::string_view name, const auto& norm) {
    const Index before = tape.size();
    const Var y = norm();
    const Node& node = tape.node(y.index());
    BOOST_TEST(node.kind() == name);
    BOOST_TEST(tape.size() - before == node.inputs.size());  // gamma, beta and the norm
  };
  for (bool affine : {true, false}) {
    LayerNorm layer(12, {.affine = affine});
    RmsNorm rms(12, {.affine = affine});
    GroupNorm group(2, 4, {.affine = affine});
    InstanceNorm instance(4, {.affine = affine, .track_running_stats = true});
    BatchNorm batch(4, {.affine = affine, .bias = false});
    check_name("layer_norm", [&] { return layer(x); });
    check_name("rms_norm", [&] { return rms(x); });
    check_name("group_norm", [&] { return group(x); });
    for (bool training : {true, false}) {
      instance.train(training);
      batch.train(training);
      check_name("instance_norm", [&] { return instance(x); });
      check_name("batch_norm", [&] { return batch(x); });
    }
  }
  check_name("normalize", [&] { return normalize(x, {3, 1}); });
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
