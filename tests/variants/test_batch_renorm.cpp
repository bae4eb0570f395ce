#include "evenkeel/variants/batch_renorm.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "evenkeel/testing/gradient_check.hpp"
#include "norm/support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

using In = std::span<const Var>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr RenormLimits none = {.r_max = 1, .d_max = 0};
constexpr RenormLimits unclipped = {.r_max = infinity, .d_max = infinity};

RunningStats some_stats(Index channels) {
  RunningStats stats(channels, 0.1);
  stats.mean = random_matrix(channels, 1, 31);
  stats.variance = arma::square(random_matrix(channels, 1, 32)) + Scalar(0.5);
  return stats;
}

// y itself, or gamma and beta of it.
const BatchRenormalize& op_of(Var y) {
  const Node* node = &y.tape().node(y.index());
  if (node->kind() == "scale_shift") node = &y.tape().node(node->inputs[0]);
  return dynamic_cast<const BatchRenormalize&>(*node->op);
}

struct Size {
  Shape x;
  Index channels;
};

// x, gamma and beta.
std::vector<Matrix> inputs(const Size& s) {
  return {random_matrix(s.x.rows, s.x.cols, 1) * 2 + 1, random_matrix(s.channels, 1, 2),
          random_matrix(s.channels, 1, 3)};
}

void check_gradient(const Size& s, const std::function<Var(In)>& f) {
  const GradientReport report = gradient_check([&](Tape&, In in) { return f(in); }, inputs(s));
  BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
}

struct Passes {
  Matrix y, dx, dgamma, dbeta;
};

Passes run(const Size& s, const std::function<Var(In)>& f) {
  Tape tape;
  std::vector<Var> in;
  for (const Matrix& input : inputs(s)) in.push_back(tape.variable(input));
  const Var y = f(in);
  tape.backward(y, random_matrix(s.x.rows, s.x.cols, 4));
  return {y.value(), in[0].gradient(), in[1].gradient(), in[2].gradient()};
}

void check_same(const Passes& a, const Passes& b, double rounding) {
  BOOST_TEST(largest_difference(a.y, b.y) <= rounding);
  BOOST_TEST(largest_difference(a.dx, b.dx) <= rounding);
  BOOST_TEST(largest_difference(a.dgamma, b.dgamma) <= rounding);
  BOOST_TEST(largest_difference(a.dbeta, b.dbeta) <= rounding);
}

// Features, images, one image alone; in both bodies.
void for_each_size(const std::function<void(const Size&)>& check) {
  for (const Size& s : {Size{{4, 6}, 4}, {{8, 3}, 2}, {{12, 1}, 3}, {{1, 5}, 1}}) {
    for (Kernels which : {Kernels::plain, Kernels::fast}) {
      const WithKernels scope(which);
      check(s);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(variants)
BOOST_AUTO_TEST_SUITE(batch_renormalization)

// Two channels, eps 1: sigma_batch = √(3 + 1) = 2 in both, sigma = √(0 + 1) and √(15 + 1).
BOOST_AUTO_TEST_CASE(by_hand) {
  const Matrix x = {{10 - std::sqrt(Scalar(3)), 10 + std::sqrt(Scalar(3))},
                    {-std::sqrt(Scalar(3)), std::sqrt(Scalar(3))}};
  RunningStats running(2, 0.25);
  running.mean = Matrix{4, 1}.t();
  running.variance = Matrix{0, 15}.t();
  Tape tape;
  const Var y = batch_renorm(tape.constant(x), running, unclipped, {}, 1, &running);
  const double rounding = 16 * machine_epsilon;
  BOOST_TEST(largest_difference(op_of(y).r, Matrix{2, 0.5}.t()) <= rounding);
  BOOST_TEST(largest_difference(op_of(y).d, Matrix{6, -0.25}.t()) <= rounding);
  BOOST_TEST(std::abs(y.value()(0, 0) - (6 - std::sqrt(Scalar(3)))) <= rounding);
  BOOST_TEST(std::abs(y.value()(1, 1) - (-1 + std::sqrt(Scalar(3))) / 4) <= rounding);
  // A quarter of the way: sigma from 1 to 2 is 1.25, from 4 to 2 is 3.5; the variance is less eps.
  BOOST_TEST(largest_difference(running.mean, Matrix{5.5, 0.75}.t()) <= rounding);
  BOOST_TEST(largest_difference(running.variance, Matrix{0.5625, 11.25}.t()) <= rounding);
  BOOST_TEST(running.batches[0] == Scalar{1});
}

BOOST_AUTO_TEST_CASE(with_limits_of_1_and_0_it_is_batch_norm) {
  for_each_size([&](const Size& s) {
    const RunningStats running = some_stats(s.channels);
    const Passes batch = run(s, [&](In in) {
      return batch_norm(in[0], s.channels, {in[1], in[2]});
    });
    const Passes renorm = run(s, [&](In in) {
      return batch_renorm(in[0], running, none, {in[1], in[2]});
    });
    check_same(renorm, batch, 16 * machine_epsilon);  // gamma and beta are an op of their own
    Tape tape;
    const Var x = tape.constant(random_matrix(s.x.rows, s.x.cols));
    BOOST_TEST(largest_difference(batch_renorm(x, running, none).value(),
                                  batch_norm(x, s.channels).value()) == 0.0);
  });
}

BOOST_AUTO_TEST_CASE(without_clipping_training_computes_what_evaluation_does) {
  for_each_size([&](const Size& s) {
    const RunningStats running = some_stats(s.channels);
    Tape tape;
    const Var x = tape.constant(random_matrix(s.x.rows, s.x.cols) * 2 + 1);
    const Affine affine = {tape.constant(random_matrix(s.channels, 1, 2)),
                           tape.constant(random_matrix(s.channels, 1, 3))};
    const Var y = batch_renorm(x, running, unclipped, affine);
    BOOST_TEST(largest_difference(y.value(), batch_norm_eval(x, running, affine).value()) <=
               64 * machine_epsilon);
  });
  BatchRenorm norm(4, {.limits = unclipped});
  norm.update_statistics(false);
  Tape tape;
  const Var x = tape.constant(random_matrix(4, 3) * 3 + 2);
  const Matrix training = norm(x).value();
  norm.eval();
  BOOST_TEST(largest_difference(norm(x).value(), training) <= 64 * machine_epsilon);
}

// Far from the running statistics on every channel, r and d stand at their limits, on both sides.
BOOST_AUTO_TEST_CASE(clipping_clips) {
  RunningStats running(2, 0.1);
  running.mean = Matrix{-100, 100}.t();
  running.variance = Matrix{Scalar(1e-4), Scalar(1e4)}.t();
  Tape tape;
  const Var x = tape.constant(random_matrix(2, 8));
  const Var y = batch_renorm(x, running, {.r_max = 4, .d_max = 0.5});
  BOOST_TEST(arma::all(arma::vectorise(op_of(y).r == Matrix{4, 0.25}.t())));
  BOOST_TEST(arma::all(arma::vectorise(op_of(y).d == Matrix{0.5, -0.5}.t())));
  const Matrix xhat = batch_norm(x, 2).value();
  BOOST_TEST(largest_difference(y.value().row(0), 4 * xhat.row(0) + Scalar(0.5)) <=
             8 * machine_epsilon);
  BOOST_TEST(largest_difference(y.value().row(1), xhat.row(1) / 4 - Scalar(0.5)) <=
             8 * machine_epsilon);
}

// At their limits r and d do not move with x: the differences of y itself are the gradient.
BOOST_AUTO_TEST_CASE(gradient_where_r_and_d_are_clipped) {
  for_each_size([&](const Size& s) {
    RunningStats running(s.channels, 0.1);
    running.mean.fill(-100);
    running.variance.fill(Scalar(1e-4));
    check_gradient(s, [&](In in) {
      return batch_renorm(in[0], running, {.r_max = 1.5, .d_max = 2}, {in[1], in[2]});
    });
  });
}

// Elsewhere they do: the gradient is that of a function with the same r and d as constants, which
// is checked by differences first.
BOOST_AUTO_TEST_CASE(gradient_with_r_and_d_held) {
  for_each_size([&](const Size& s) {
    const RunningStats running = some_stats(s.channels);
    Matrix r, d;
    const Passes renorm = run(s, [&](In in) {
      const Var y = batch_renorm(in[0], running, unclipped);
      r = op_of(y).r;
      d = op_of(y).d;
      return scale_shift(y, in[1], in[2]);
    });
    BOOST_TEST(arma::abs(r - 1).min() > 1e-3);
    const auto held = [&](In in) {
      Tape& tape = in[0].tape();
      const Var y = scale_shift(batch_norm(in[0], s.channels), tape.constant(r), tape.constant(d));
      return scale_shift(y, in[1], in[2]);
    };
    check_same(renorm, run(s, held), 64 * machine_epsilon);
    check_gradient(s, held);
  });
}

// dx has no part along 1 and along xhat, though unclipped y is evaluation's.
BOOST_AUTO_TEST_CASE(the_gradient_is_a_batch_norms) {
  Tape tape;
  const Var x = tape.variable(random_matrix(4, 6) * 10);
  tape.backward(batch_renorm(x, some_stats(4), unclipped), random_matrix(4, 6, 2));
  const Matrix dx = x.gradient();
  BOOST_TEST(arma::abs(arma::sum(dx, 1)).max() <= 64 * machine_epsilon);
  BOOST_TEST(arma::abs(arma::sum(dx % batch_norm(x, 4).value(), 1)).max() <= 1e-5);  // eps
  BOOST_TEST(arma::abs(dx).max() > 0.01);
}

// Batches of two: sigma_batch is 0.56 σ on average (2/√π · ½), and sigma follows it, so that r is
// 1 on average. The root of BatchNorm's unbiased running variance would go to σ, and r to 0.56.
BOOST_AUTO_TEST_CASE(r_is_1_on_average_in_small_batches) {
  const Index channels = 50;
  BatchRenorm norm(channels, {.affine = false, .limits = unclipped});
  Random random(5);
  double sum = 0;
  for (Index batch = 0; batch < 1000; ++batch) {
    Tape tape;
    const Var y = norm(tape.constant(random.normal(channels, 2)));
    if (batch >= 500) sum += static_cast<double>(arma::accu(op_of(y).r));
  }
  const Matrix sigma = arma::sqrt(norm.running()->variance);
  BOOST_TEST(std::abs(static_cast<double>(arma::accu(sigma)) / 50 - 0.564) < 0.03);
  BOOST_TEST(std::abs(sum / 50 / 500 - 1) < 0.03);
  BOOST_TEST(norm.running()->batches[0] == Scalar{1000});
}

BOOST_AUTO_TEST_CASE(switches_and_averages) {
  BatchRenorm norm(2, {.momentum = std::nullopt});
  BOOST_TEST(norm.limits().r_max == 3);
  norm.set_limits({.r_max = 2, .d_max = 1});
  Tape tape;
  const Var x = tape.constant(random_matrix(2, 8) * 5 + 30);
  norm.update_statistics(false);
  const Var y = norm(x);
  BOOST_TEST(norm.running()->mean[0] == Scalar{0});
  BOOST_TEST(norm.running()->batches[0] == Scalar{0});
  BOOST_TEST(op_of(y).r[0] == Scalar{2});
  BOOST_TEST(op_of(y).d[0] == Scalar{1});

  norm.update_statistics(true);
  norm(x);
  const Matrix before = norm.running()->mean, variance = arma::var(x.value(), 1, 1);
  BOOST_TEST(largest_difference(before, arma::mean(x.value(), 1)) <= 64 * machine_epsilon);
  BOOST_TEST(largest_difference(norm.running()->variance, variance) <= 1000 * machine_epsilon);
  norm.eval();
  BOOST_TEST(std::abs(arma::accu(norm(x).value())) <= 256 * machine_epsilon);
  BOOST_TEST(largest_difference(norm.running()->mean, before) == 0.0);
}

// A constant channel takes the running variance to 0, not below it by a rounding.
BOOST_AUTO_TEST_CASE(the_running_variance_never_is_negative) {
  for (double eps : {0.0, 1e-5, 1e-3}) {
    RunningStats running(1, 1.0);
    Tape tape;
    const Var x = tape.constant(Matrix(1, 3, arma::fill::value(Scalar(0.1))));
    for (Index batch = 0; batch < 3; ++batch) {
      batch_renorm(x, running, {}, {}, eps, &running);
      BOOST_TEST(running.variance[0] >= 0);
      BOOST_TEST(running.variance[0] <= machine_epsilon);
    }
  }
}

BOOST_AUTO_TEST_CASE(errors_name_the_norm) {
  Tape tape;
  const Var x = tape.constant(random_matrix(12, 2));
  const RunningStats running(4, 0.1);
  const Var ones = tape.constant(arma::ones<Matrix>(3, 1));
  const Affine of_three = {ones, {}}, beta_alone = {{}, ones};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  check_error([&] { batch_renorm(x, RunningStats(5, 0.1)); },
              "[batch_renorm] 12 rows of x (12×2) cannot be cut into 5 channels");
  check_error([&] { batch_renorm(x, running, {}, of_three); },
              "[batch_renorm] gamma must be 4×1 to match x (12×2), got 3×1");
  check_error([&] { batch_renorm(x, running, {}, beta_alone); },
              "[batch_renorm] beta needs a gamma");
  check_error([&] { batch_renorm(x, running, {}, {}, -1); },
              "[batch_renorm] eps must be at least 0, got -1");
  check_error([&] { batch_renorm(x, running, {.r_max = 0.5}); },
              "[batch_renorm] r_max must be at least 1, got 0.5");
  check_error([&] { BatchRenorm(4).set_limits({.d_max = -2}); },
              "[batch_renorm] d_max must be at least 0, got -2");
  check_error([&] { BatchRenorm(4, {.limits = {.r_max = nan}}); }, "[batch_renorm] r_max must be");
  check_error([&] { batch_renorm(x, RunningStats(12, 0.1), {.d_max = nan}); },
              "[batch_renorm] d_max must be");
  check_error([&] { batch_renorm(tape.constant(random_matrix(4, 1)), running); },
              "[batch_renorm] each channel of x (4×1) has one value");
  check_error([&] { batch_renorm(tape.constant(Matrix(4, 0)), running); },
              "[batch_renorm] x (4×0) has no entries");
  RunningStats broken(4, 0.1), other(3, 0.1);
  broken.variance.set_size(2, 1);
  check_error([&] { batch_renorm(x, broken); },
              "[batch_renorm] the running variance must be 4×1 for the channels, got 2×1");
  check_error([&] { batch_renorm(x, running, {}, {}, 1e-5, &other); },
              "[batch_renorm] the running mean must be 4×1 for the channels, got 3×1");
  BatchRenorm norm(5);
  norm.eval();
  check_error([&] { norm(x); }, "[batch_renorm] 12 rows of x (12×2) cannot be cut into 5");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
