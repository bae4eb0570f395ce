#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "evenkeel/core/random.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

// y = x ⊙ x ⊙ s, with s 1×1 and a gradient that can be made wrong on purpose.
enum class Mistake { none, factor, one_entry, missing_term, wrong_shape, not_linear, nan };

struct SquareTimes final : BinaryOp {
  Mistake mistake = Mistake::none;

  std::string_view name() const override { return "square_times"; }
  void forward(const Matrix& x, const Matrix& s, Matrix& y) override { y = x % x * s(0, 0); }
  void backward(const Matrix& x, const Matrix& s, const Matrix&, const Matrix& dy, Matrix* dx,
                Matrix* ds) override {
    if (dx) {
      *dx = 2 * s(0, 0) * x % dy;
      if (mistake == Mistake::factor) *dx *= Scalar(1.01);
      if (mistake == Mistake::one_entry) (*dx)(1, 2) *= -1;
      if (mistake == Mistake::not_linear) *dx = *dx % arma::abs(dy);  // right for dy of 0 and 1
      if (mistake == Mistake::wrong_shape) *dx = dx->t();
      if (mistake == Mistake::nan) (*dx)(0, 0) = std::numeric_limits<Scalar>::quiet_NaN();
    }
    if (ds) {
      ds->set_size(1, 1);
      ds->at(0, 0) = arma::accu(x % x % dy);
      if (mistake == Mistake::missing_term) ds->at(0, 0) -= x(0, 0) * x(0, 0) * dy(0, 0);
    }
  }
};

Var square_times(Var x, Var s, Mistake mistake = Mistake::none) {
  return record<SquareTimes>({x, s}, [&](SquareTimes& op) { op.mistake = mistake; });
}

// y = x − mean(x) of each column: sum(y) is 0 whatever x is.
struct Center final : UnaryOp {
  bool forget_the_mean = false;

  std::string_view name() const override { return "center"; }
  void forward(const Matrix& x, Matrix& y) override { y = x.each_row() - arma::mean(x, 0); }
  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = dy;
    if (!forget_the_mean) dx.each_row() -= arma::mean(dy, 0);
  }
};

// y = sin(x): not a polynomial, so that a step that is too long shows
struct Sine final : UnaryOp {
  std::string_view name() const override { return "sine"; }
  void forward(const Matrix& x, Matrix& y) override { y = arma::sin(x); }
  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = dy % arma::cos(x);
  }
};

Var center(Var x, bool forget_the_mean) {
  return record<Center>({x}, [&](Center& op) { op.forget_the_mean = forget_the_mean; });
}

GradientReport check_square_times(Mistake mistake) {
  Random random(3);
  const Matrix x = random.normal(2, 3);
  const Matrix s = random.normal(1, 1);
  return gradient_check(
      [=](Tape&, std::span<const Var> in) { return square_times(in[0], in[1], mistake); }, {x, s});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing)
BOOST_AUTO_TEST_SUITE(gradient_checks)

BOOST_AUTO_TEST_CASE(a_right_backward_passes) {
  const GradientReport report = check_square_times(Mistake::none);
  BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
  BOOST_TEST(report.compared == 6 * 6 + 1 * 6);  // x by y, s by y
}

BOOST_AUTO_TEST_CASE(a_wrong_factor_fails_by_its_size) {
  const GradientReport report = check_square_times(Mistake::factor);
  BOOST_TEST(!report.passed());
  // 1 % of the larger of the two; the numeric one has its own error, at most the tolerance.
  BOOST_TEST(std::abs(report.relative_error - 0.01 / 1.01) <= report.tolerance);
  BOOST_TEST(report.where.find(" by input 0 at ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_wrong_entry_is_pointed_at) {
  const GradientReport report = check_square_times(Mistake::one_entry);
  BOOST_TEST(!report.passed());
  BOOST_TEST(report.where == "∂y(1, 2) by input 0 at (1, 2)");
  BOOST_TEST(std::abs(report.analytic + report.numeric) < 1e-2 * std::abs(report.numeric));
  const std::string text = to_string(report);
  BOOST_TEST(text.find("failed") != std::string::npos);
  BOOST_TEST(text.find("∂y(1, 2) by input 0 at (1, 2)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_term_fails) {
  const GradientReport report = check_square_times(Mistake::missing_term);
  BOOST_TEST(!report.passed());
  BOOST_TEST(report.where == "∂y(0, 0) by input 1 at (0, 0)");
  BOOST_TEST(report.analytic == 0);
}

BOOST_AUTO_TEST_CASE(a_backward_right_for_unit_upstream_gradients_alone_fails) {
  const GradientReport report = check_square_times(Mistake::not_linear);
  BOOST_TEST(!report.passed());
  BOOST_TEST(report.where.starts_with("∂⟨random, y⟩ by input"));
  BOOST_TEST(to_string(report).find("random") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_sum_is_blind_and_the_jacobian_is_not) {
  const Matrix x = Random(4).normal(5, 2);
  for (const bool wrong : {false, true}) {
    const auto f = [=](Tape&, std::span<const Var> in) { return center(in[0], wrong); };
    BOOST_TEST(gradient_check(f, {x}).passed() == !wrong);

    // What a check of sum(y) would have compared: zero by differences, however x is moved …
    Tape tape;
    const Matrix y = center(tape.variable(x), wrong).value();
    BOOST_TEST(std::abs(arma::accu(y)) < 100 * machine_epsilon);
  }
}

BOOST_AUTO_TEST_CASE(parameters_are_checked_and_left_as_they_were) {
  Random random(5);
  Parameter scale(random.normal(1, 1), "scale");
  Parameter frozen(random.normal(1, 1), "frozen");
  frozen.requires_grad = false;
  scale.gradient = Matrix(1, 1, arma::fill::value(7));
  scale.has_gradient = true;
  const Matrix value_before = scale.value;
  const Matrix x = random.normal(3, 2);
  for (const Mistake mistake : {Mistake::none, Mistake::missing_term}) {
    const auto f = [&](Tape& tape, std::span<const Var> in) {
      const Var unused = tape.parameter(frozen);
      const Var twice = square_times(in[0], unused);
      return square_times(twice, tape.parameter(scale), mistake);
    };
    const GradientReport report = gradient_check(f, {x});
    BOOST_CHECK_MESSAGE(report.passed() == (mistake == Mistake::none), to_string(report));
    if (mistake != Mistake::none) {
      BOOST_TEST(report.where.find(" by parameter 'scale' at ") != std::string::npos);
    }
    BOOST_TEST(report.compared == 6 * 6 + 6);  // frozen has no gradient to check
    BOOST_TEST(scale.value(0, 0) == value_before(0, 0));
    BOOST_TEST(scale.gradient(0, 0) == 7);
    BOOST_TEST(scale.has_gradient);
  }
}

BOOST_AUTO_TEST_CASE(a_value_detached_from_the_graph_fails) {
  const Matrix x = Random(6).normal(2, 2);
  const auto detached = [](Tape& tape, std::span<const Var> in) {
    return square_times(in[0], tape.constant(in[0].value().submat(0, 0, 0, 0)));
  };
  BOOST_TEST(!gradient_check(detached, {x}).passed());
  const auto all_detached = [](Tape& tape, std::span<const Var> in) {
    const Var copy = tape.constant(in[0].value());
    return square_times(copy, tape.constant(Matrix(1, 1, arma::fill::ones)));
  };
  BOOST_TEST(!gradient_check(all_detached, {x}).passed());
}

BOOST_AUTO_TEST_CASE(steps_follow_the_scale_and_not_the_mean_of_the_input) {
  Random random(7);
  const Matrix s(1, 1, arma::fill::ones);
  for (const double scale : {1e-6, 1.0, 1e6}) {
    const Matrix x = random.normal(3, 3, scale);
    const auto f = [](Tape&, std::span<const Var> in) { return square_times(in[0], in[1]); };
    const GradientReport report = gradient_check(f, {x, s});
    BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
  }
  const Matrix far = random.normal(3, 3) + 1000;
  const auto sine = [](Tape&, std::span<const Var> in) { return record<Sine>({in[0]}); };
  const GradientReport curved = gradient_check(sine, {far});
  BOOST_CHECK_MESSAGE(curved.passed(), to_string(curved));
  const auto f = [](Tape&, std::span<const Var> in) { return center(in[0], false); };
  const GradientReport right = gradient_check(f, {far});
  BOOST_CHECK_MESSAGE(right.passed(), to_string(right));
  const auto g = [](Tape&, std::span<const Var> in) { return center(in[0], true); };
  BOOST_TEST(!gradient_check(g, {far}).passed());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_checked_is_an_error) {
  const Matrix x(2, 2, arma::fill::ones);
  int calls = 0;
  const auto restless = [&](Tape& tape, std::span<const Var> in) {
    return square_times(in[0], tape.constant(Matrix(1, 1, arma::fill::value(++calls))));
  };
  BOOST_CHECK_EXCEPTION(gradient_check(restless, {x}), Error, says("not deterministic"));

  const auto infinite = [&](Tape& tape, std::span<const Var> in) {
    const Scalar infinity = std::numeric_limits<Scalar>::infinity();
    return square_times(in[0], tape.constant(Matrix(1, 1, arma::fill::value(infinity))));
  };
  BOOST_CHECK_EXCEPTION(gradient_check(infinite, {x}), Error, says("f(x) is inf in entry (0, 0)"));

  BOOST_CHECK_EXCEPTION(check_square_times(Mistake::nan), Error,
                        says("the gradient of input 0 is nan in entry (0, 0)"));
  BOOST_CHECK_EXCEPTION(check_square_times(Mistake::wrong_shape), Error,
                        says("the gradient of input 0 must be 2×3 to match its value, got 3×2"));

  const auto nothing = [](Tape& tape, std::span<const Var>) { return tape.constant(Matrix(1, 1)); };
  BOOST_CHECK_EXCEPTION(gradient_check(nothing, {}), Error, says("nothing to compare"));
}

// A deviation from the mean whose gradient lacks the path through the mean.
BOOST_AUTO_TEST_CASE(what_rounding_hides_does_not_pass) {
  const auto deviation = [](Tape&, std::span<const Var> in) {
    const Var x = in[0].label("x");
    return x - detach(mean(x));
  };
  const Matrix x = Random(5).normal(4, 2);
  const GradientReport seen = gradient_check(deviation, {x});
  BOOST_TEST(seen.saw_enough());
  BOOST_TEST(!seen.passed());
  BOOST_TEST(seen.where.starts_with("∂y("));
  BOOST_TEST(to_string(seen).find("by input 0 'x' at") != std::string::npos);
  const GradientReport hidden = gradient_check(deviation, {x + Scalar(0.01) / machine_epsilon});
  BOOST_TEST(!hidden.saw_enough());
  BOOST_TEST(!hidden.passed());
  BOOST_TEST(to_string(hidden).find("saw too little") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(away_from_moves_only_what_is_near) {
  const Matrix x = {{-2, Scalar(-0.01), 0, Scalar(0.01), 2}};
  const Matrix moved = away_from(x, 0, 0.5);
  const Matrix expected = {{-2, -0.5, 0.5, 0.5, 2}};
  BOOST_TEST(arma::approx_equal(moved, expected, "absdiff", 0));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
