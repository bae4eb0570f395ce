#include "evenkeel/images/conv.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(images)
BOOST_AUTO_TEST_SUITE(conv)

namespace {

struct Setting {
  ImageShape in;
  Index out_channels;
  Window window;
  Index samples;
};

struct Result {
  Matrix y, dx, dw;
};

Index taps(const Setting& s) {
  return s.in.channels * s.window.height * s.window.width;
}

Result run(const Setting& s, Kernels which) {
  const Kernels before = current_kernels();
  set_kernels(which);
  Random random(3);
  Tape tape;
  const Var x = tape.variable(random.normal(s.in.rows(), s.samples));
  const Var w = tape.variable(random.normal(s.out_channels, taps(s)));
  const Var y = conv2d(x, w, s.in, s.window);
  tape.backward(y, random.normal(y.rows(), y.cols()));
  set_kernels(before);
  return {y.value(), x.gradient(), w.gradient()};
}

double difference(const Matrix& a, const Matrix& b) {
  return static_cast<double>(arma::abs(a - b).max() / (1 + arma::abs(a).max()));
}

}  // namespace

// By hand: the sum of each 2×2 window, and how many windows see each entry.
BOOST_AUTO_TEST_CASE(a_window_of_ones) {
  Tape tape;
  const Var x = tape.variable(Matrix("1; 2; 3; 4; 5; 6; 7; 8; 9"));  // 3×3
  const Var w = tape.constant(Matrix(1, 4, arma::fill::ones));
  const Var y = conv2d(x, w, {1, 3, 3}, {2, 2, 1, 0});
  BOOST_TEST((arma::approx_equal(y.value(), Matrix("12; 16; 24; 28"), "absdiff", 0)));
  tape.backward(y, Matrix(4, 1, arma::fill::ones));
  BOOST_TEST((arma::approx_equal(x.gradient(), Matrix("1; 2; 1; 2; 4; 2; 1; 2; 1"), "absdiff", 0)));
}

// Strides and paddings that leave a rest, padding as wide as the image, more samples than blocks.
BOOST_AUTO_TEST_CASE(fast_equals_plain) {
  const std::vector<Setting> settings = {
      {{1, 28, 28}, 4, {3, 3, 1, 1}, 3},  {{3, 9, 7}, 5, {3, 3, 2, 1}, 2},
      {{2, 8, 8}, 3, {5, 2, 3, 2}, 2},    {{2, 3, 3}, 2, {3, 3, 1, 3}, 1},
      {{4, 6, 6}, 8, {1, 1, 1, 0}, 40},   {{1, 1, 1}, 1, {1, 1, 1, 0}, 1},
      {{1, 2, 9}, 2, {2, 4, 4, 1}, 17},   {{2, 7, 5}, 5, {3, 2, 1, 1}, 3},
      {{3, 6, 6}, 6, {1, 3, 1, 0}, 9},    {{2, 9, 33}, 4, {4, 3, 1, 0}, 3},
      {{3, 11, 10}, 13, {3, 4, 2, 2}, 3}, {{9, 7, 9}, 2, {2, 2, 3, 1}, 5}};
  for (const Setting& s : settings) {
    const Result plain = run(s, Kernels::plain), fast = run(s, Kernels::fast);
    const double sum = static_cast<double>(std::max(taps(s), plain.y.n_elem / s.out_channels));
    const double bound =
        8 * machine_epsilon * std::sqrt(sum + 8);  // rounding of sums in another order
    BOOST_TEST_CONTEXT("image " << s.in.height << "×" << s.in.width << ", window "
                                << s.window.height) {
      BOOST_TEST(difference(plain.y, fast.y) <= bound);
      BOOST_TEST(difference(plain.dx, fast.dx) <= bound);
      BOOST_TEST(difference(plain.dw, fast.dw) <= bound);
    }
  }
}

// ⟨dy, y⟩ = ⟨dx, x⟩ = ⟨dw, w⟩, since y is linear in each; windows larger than strides and smaller.
BOOST_AUTO_TEST_CASE(backward_is_the_adjoint_of_forward) {
  Random random(5);
  for (Index size : {1, 2, 3, 5}) {
    for (Index stride : {1, 2, 3, 5}) {
      for (Index padding : {0, 1, 4}) {
        for (const ImageShape in : {ImageShape{2, 9, 7}, ImageShape{3, 5, 17}}) {
          Tape tape;
          const Var x = tape.variable(random.normal(in.rows(), 2));
          const Var w = tape.variable(random.normal(3, in.channels * size * size));
          const Var y = conv2d(x, w, in, {size, size, stride, padding});
          const Matrix dy = random.normal(y.rows(), y.cols());
          tape.backward(y, dy);
          const double product = arma::dot(dy, y.value());
          const double bound = 64 * machine_epsilon * arma::norm(dy) * arma::norm(y.value());
          BOOST_TEST(std::abs(arma::dot(x.gradient(), x.value()) - product) <= bound);
          BOOST_TEST(std::abs(arma::dot(w.gradient(), w.value()) - product) <= bound);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(same_bits_for_any_number_of_threads) {
  for (Index stride : {1, 2}) {
    const Setting s{{8, 14, 14}, 16, {3, 3, stride, 1}, 20};
    set_num_threads(1);
    const Result one = run(s, Kernels::fast);
    for (int threads : {2, 7}) {
      set_num_threads(threads);
      const Result several = run(s, Kernels::fast);
      BOOST_TEST((arma::approx_equal(one.y, several.y, "absdiff", 0)));
      BOOST_TEST((arma::approx_equal(one.dx, several.dx, "absdiff", 0)));
      BOOST_TEST((arma::approx_equal(one.dw, several.dw, "absdiff", 0)));
    }
  }
  set_num_threads(0);
}

BOOST_AUTO_TEST_CASE(gradients) {
  Random random(4);
  const GradientReport report = gradient_check(
      [](Tape&, std::span<const Var> in) {
        return channel_bias(conv2d(in[0], in[1], {2, 4, 3}, {3, 2, 2, 1}), in[2]);
      },
      {random.normal(24, 2), random.normal(3, 12), random.normal(3, 1)});
  BOOST_TEST(report.passed(), to_string(report));
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var x = tape.constant(Matrix(18, 2, arma::fill::ones));
  const Var w = tape.constant(Matrix(4, 18, arma::fill::ones));
  BOOST_CHECK_EXCEPTION(conv2d(x, w, {2, 3, 4}, {3, 3, 1, 1}), Error,
                        says("the 24 rows of an image of 2×3×4"));
  BOOST_CHECK_EXCEPTION(conv2d(x, w, {2, 3, 3}, {2, 2, 1, 0}), Error,
                        says("[conv2d] w must be 4×8"));
  BOOST_CHECK_EXCEPTION(conv2d(x, w, {2, 3, 3}, {3, 3, 0, 1}), Error, says("stride (0)"));
  const Var tall = tape.constant(Matrix(4, 2 * 5 * 3, arma::fill::ones));
  BOOST_CHECK_EXCEPTION(conv2d(x, tall, {2, 3, 3}, {5, 3, 1, 0}), Error,
                        says("window of 5×3 does not fit"));
  BOOST_CHECK_EXCEPTION(channel_bias(x, tape.constant(Matrix(4, 1, arma::fill::ones))), Error,
                        says("[channel_bias] b must be channels×1"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
