#include "evenkeel/transformer/rotary.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "not_finite.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

Matrix turned(const Matrix& x, const RotaryOptions& options) {
  Tape tape;
  return rotary(tape.constant(x), options).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(rotary_positions)

BOOST_AUTO_TEST_CASE(a_nan_or_inf_reaches_its_pair_and_nothing_else) {
  const auto f = [](std::span<const Var> in) {
    return rotary(in[0], {.head_features = 6, .sequence_length = 7, .rows = 12});
  };
  evenkeel_test::NotFinite test{"rotary", f, {Random(5).normal(15, 7)}};
  test.times_zero = true;  // the sine of the first position
  test.check_nan();
  test.check_inf();
}

// Plain and fast: each entry is two products and their sum, which round three times.
BOOST_AUTO_TEST_CASE(both_bodies_agree) {
  const Kernels before = current_kernels();
  for (Index sequences : {1, 3, 300}) {
    std::vector<Matrix> results;
    for (const Kernels which : {Kernels::plain, Kernels::fast}) {
      set_kernels(which);
      Random random(2);
      Tape tape;
      const Var x = tape.variable(random.normal(15, 7 * sequences));
      const Var y = rotary(x, {.head_features = 6, .sequence_length = 7, .rows = 12});
      BOOST_TEST(tape.node(y.index()).kind() == "rotary");
      tape.backward(y, random.normal(15, 7 * sequences));
      results.push_back(arma::join_cols(y.value(), x.gradient()));
    }
    const Scalar unit = machine_epsilon * arma::abs(results[0]).max();
    BOOST_TEST(arma::abs(results[0] - results[1]).max() <= 3 * unit);
  }
  set_kernels(before);
}

// By complex numbers: (a + ib) e^(i t ω).
BOOST_AUTO_TEST_CASE(each_pair_is_turned_by_its_angle) {
  const Index d = 6, T = 5;
  const Matrix x = Random(1).normal(2 * d + 3, 2 * T);  // two heads, two sequences; 3 rows stay
  const Matrix y = turned(x, {.head_features = d, .sequence_length = T, .rows = 2 * d});
  for (Index column = 0; column < x.n_cols; ++column) {
    for (Index row = 0; row < 2 * d; row += 2) {
      const double omega = std::pow(10000.0, -double(row % d) / double(d));
      const std::complex<double> before(x(row, column), x(row + 1, column));
      const std::complex<double> after = before * std::polar(1.0, double(column % T) * omega);
      const double off = std::abs(after - std::complex<double>(y(row, column), y(row + 1, column)));
      BOOST_TEST(off <= 8 * machine_epsilon * std::max(1.0, std::abs(before)));
    }
  }
  BOOST_TEST((arma::approx_equal(y.tail_rows(3), x.tail_rows(3), "absdiff", 0)));
}

// The point of it: ⟨turned q at s, turned k at t⟩ depends on s − t alone.
BOOST_AUTO_TEST_CASE(products_depend_on_the_distance) {
  const Index d = 8, T = 12;
  Random random(2);
  const Matrix q = arma::repmat(random.normal(d, 1), 1, T);
  const Matrix k = arma::repmat(random.normal(d, 1), 1, T);
  const RotaryOptions options{.head_features = d, .sequence_length = T};
  const Matrix products = turned(k, options).t() * turned(q, options);  // keys × queries
  const double size = static_cast<double>(arma::norm(q.col(0)) * arma::norm(k.col(0)));
  for (Index t = 1; t < T; ++t) {
    for (Index s = 1; s < T; ++s) {
      BOOST_TEST(std::abs(products(t, s) - products(t - 1, s - 1)) <= 8 * machine_epsilon * size);
    }
  }
  BOOST_TEST(std::abs(products(0, 5) - products(5, 0)) > 1e-3);  // and on its sign
}

BOOST_AUTO_TEST_CASE(gradients) {
  for (Index rows : {0, 4}) {
    const GradientReport report = gradient_check(
        [=](Tape&, std::span<const Var> in) {
          return rotary(in[0], {.head_features = 4, .sequence_length = 3, .rows = rows});
        },
        {Random(3).normal(8, 6)});
    BOOST_TEST(report.passed(), to_string(report));
  }
}

// An op's place on the tape is used again with other options: the tables follow.
BOOST_AUTO_TEST_CASE(tables_follow_the_options) {
  Tape tape;
  const Matrix x = Random(4).normal(4, 6);
  for (Index length : {3, 6}) {
    for (double base : {10000.0, 100.0}) {
      const RotaryOptions options{.head_features = 4, .sequence_length = length, .base = base};
      tape.rewind();
      const Matrix again = rotary(tape.constant(x), options).value();
      BOOST_TEST((arma::approx_equal(again, turned(x, options), "absdiff", 0)));
    }
  }
}

BOOST_AUTO_TEST_CASE(sinusoidal_by_the_formula) {
  const Matrix table = sinusoidal_positions(6, 50);
  for (Index t : {0, 1, 49}) {
    for (Index i = 0; i < 3; ++i) {
      const double turned = double(t) / std::pow(10000.0, 2.0 * double(i) / 6);
      BOOST_TEST(std::abs(table(2 * i, t) - std::sin(turned)) <= 4 * machine_epsilon);
      BOOST_TEST(std::abs(table(2 * i + 1, t) - std::cos(turned)) <= 4 * machine_epsilon);
    }
  }
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var x = tape.constant(Matrix(6, 6, arma::fill::ones));
  BOOST_CHECK_EXCEPTION(rotary(x, {3, 3}), Error, says("even number of features, got 3"));
  BOOST_CHECK_EXCEPTION(rotary(x, {0, 3}), Error, says("even number of features, got 0"));
  BOOST_CHECK_EXCEPTION(rotary(x, {4, 3}), Error,
                        says("6 rows of 6 cannot be cut into heads of 4"));
  BOOST_CHECK_EXCEPTION(rotary(x, {2, 3, 8}), Error, says("8 rows of 6 cannot be cut"));
  BOOST_CHECK_EXCEPTION(rotary(x, {2, 4}), Error,
                        says("6 tokens cannot be cut into sequences of 4"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
