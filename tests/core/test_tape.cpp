#include <boost/test/unit_test.hpp>
#include <limits>
#include <vector>

#include "core/tiny_ops.hpp"

using namespace evenkeel;
using tiny::plus, tiny::times, tiny::total, tiny::same, tiny::weighted_sum;

namespace {

const Matrix a = {{1, 2}, {3, 4}};
const Matrix b = {{5, 6}, {7, 8}};
const Matrix ones(2, 2, arma::fill::ones);

}  // namespace

BOOST_AUTO_TEST_SUITE(core)
BOOST_AUTO_TEST_SUITE(tape)

BOOST_AUTO_TEST_CASE(values_and_gradients) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var y = tape.variable(b);
  const Var product = times(x, y);
  const Var loss = total(product);
  BOOST_TEST(same(product.value(), a % b));
  BOOST_TEST(loss.value()(0, 0) == 5 + 12 + 21 + 32);
  tape.backward(loss);
  BOOST_TEST(same(x.gradient(), b));
  BOOST_TEST(same(y.gradient(), a));
  BOOST_TEST(same(product.gradient(), ones));
  BOOST_TEST(same(loss.gradient(), Matrix(1, 1, arma::fill::ones)));
}

BOOST_AUTO_TEST_CASE(an_upstream_gradient_of_any_shape) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var y = times(x, tape.constant(b));
  const Matrix dy = {{1, 0}, {-2, 3}};
  tape.backward(y, dy);
  BOOST_TEST(same(x.gradient(), dy % b));
  BOOST_TEST(same(y.gradient(), dy));
}

BOOST_AUTO_TEST_CASE(an_upstream_gradient_lent_by_cref_is_forgotten_when_backward_returns) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var y = times(x, x);
  {
    const Matrix dy = b;
    tape.backward(y, std::cref(dy));
  }
  BOOST_TEST(same(x.gradient(), 2 * a % b));
  BOOST_TEST(!tape.node(y.index()).lent_gradient);
  BOOST_CHECK_THROW(y.gradient(), Error);
  tape.backward(y, a);
  BOOST_TEST(same(y.gradient(), a));
  BOOST_TEST(same(x.gradient(), 2 * a % a));
}

BOOST_AUTO_TEST_CASE(an_upstream_gradient_lent_by_cref_is_forgotten_when_backward_throws) {
  Tape tape;
  tape.check_finite(true);
  const Var x = tape.variable(a);
  const Var y = times(x, x);
  const Matrix dy(2, 2, arma::fill::value(std::numeric_limits<Scalar>::max()));
  BOOST_CHECK_THROW(tape.backward(y, std::cref(dy)), Error);
  BOOST_TEST(!tape.node(y.index()).lent_gradient);
}

BOOST_AUTO_TEST_CASE(the_upstream_gradient_is_copied) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var y = times(x, x);
  {
    Matrix dy = b;
    tape.backward(y, dy);
    dy.zeros();
  }
  BOOST_TEST(same(y.gradient(), b));
  tape.backward(y, y.gradient());  // from its own matrix
  BOOST_TEST(same(x.gradient(), 2 * a % b));
}

BOOST_AUTO_TEST_CASE(a_parameter_stands_where_a_var_does) {
  Parameter w(b, "w");
  Tape tape;
  const Var x = tape.variable(a);
  const Var y = times(w, times(x, w));
  BOOST_TEST(tape.size() == 5);  // a leaf for each use of w
  BOOST_TEST(tape.node(1).parameter == &w);
  BOOST_TEST(same(y.value(), a % b % b));
  tape.backward(y, ones);
  BOOST_TEST(same(w.gradient, 2 * a % b));
  const Input input = w;
  BOOST_TEST(&input.value() == &w.value);
}

BOOST_AUTO_TEST_CASE(options_that_are_not_set_are_the_defaults) {
  Tape tape;
  for (int round = 0; round < 3; ++round) {
    tape.rewind();
    const Var x = tape.variable(a);
    const Var y =
        round == 1 ? evenkeel::record<tiny::Times>({x, x}) : evenkeel::record<tiny::Scale>({x});
    if (round != 1) BOOST_TEST(same(y.value(), a));
    tape.rewind();
    const Var again = tape.variable(a);
    const auto three = [](tiny::Scale& op) { op.factor = 3; };
    BOOST_TEST(same(evenkeel::record<tiny::Scale>({again}, three).value(), 3 * a));
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_all_uses_add_up) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var twice = plus(x, x);                    // 2x
  const Var square = times(x, x);                  // x²
  const Var cube = times(x, x, x);                 // x³
  const Var ten = weighted_sum({x, x, x, x});      // x + 2x + 3x + 4x
  const Var mixed = weighted_sum({x, square, x});  // 4x + 2x²
  tape.backward(weighted_sum({twice, square, cube, ten, mixed}), ones);
  const Matrix expected = 2 + 2 * 2 * a + 3 * 3 * a % a + 4 * 10 + 5 * (4 + 4 * a);
  BOOST_TEST(same(x.gradient(), expected));
}

BOOST_AUTO_TEST_CASE(a_diamond_is_walked_once) {
  // y ← y + y, 60 times: 2⁶⁰ paths from x to y, but 60 steps
  Tape tape;
  const Var x = tape.variable(Matrix(1, 1, arma::fill::ones));
  Var y = x;
  for (int i = 0; i < 60; ++i) y = plus(y, y);
  tape.backward(y);
  BOOST_TEST(x.gradient()(0, 0) == Scalar(std::uint64_t{1} << 60));
}

BOOST_AUTO_TEST_CASE(one_parameter_in_several_places) {
  Parameter w(a, "w");
  Tape tape;
  const Var first = tape.parameter(w);
  const Var second = tape.parameter(w);  // another leaf, the same parameter
  BOOST_TEST(&first.value() == &w.value);
  tape.backward(plus(times(first, second), first), ones);  // w² + w
  BOOST_TEST(w.has_gradient);
  BOOST_TEST(same(w.gradient, 2 * a + 1));
}

BOOST_AUTO_TEST_CASE(parameters_add_up_over_backwards_and_variables_do_not) {
  Parameter w(a, "w");
  Tape tape;
  const Var x = tape.variable(b);
  const Var y = times(x, tape.parameter(w));
  tape.backward(y, ones);
  tape.backward(y, ones);
  BOOST_TEST(same(w.gradient, 2 * b));
  BOOST_TEST(same(x.gradient(), a));

  w.zero_gradient();
  BOOST_TEST(!w.has_gradient);
  tape.backward(y, 3 * ones);
  BOOST_TEST(same(w.gradient, 3 * b));
}

BOOST_AUTO_TEST_CASE(a_backward_leaves_nothing_for_the_next) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var y = tape.variable(b);
  const Var first = times(x, x);
  const Var second = times(y, y);
  tape.backward(second, ones);
  tape.backward(first, ones);
  BOOST_TEST(same(x.gradient(), 2 * a));
  BOOST_TEST(!y.has_gradient());
  BOOST_TEST(!second.has_gradient());
  BOOST_CHECK_THROW(y.gradient(), Error);
}

BOOST_AUTO_TEST_CASE(backward_from_the_middle) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var middle = times(x, x);
  const Var end = times(middle, middle);
  tape.backward(middle, ones);
  BOOST_TEST(same(x.gradient(), 2 * a));
  BOOST_TEST(!end.has_gradient());
}

BOOST_AUTO_TEST_CASE(constants_get_no_gradient) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var c = tape.constant(b);
  const Var only_constants = times(c, c);
  BOOST_TEST(!c.requires_grad());
  BOOST_TEST(!only_constants.requires_grad());
  tape.backward(times(x, only_constants), ones);
  BOOST_TEST(same(x.gradient(), b % b));
  BOOST_TEST(!c.has_gradient());
  BOOST_TEST(!only_constants.has_gradient());
}

BOOST_AUTO_TEST_CASE(leaves_are_copies_and_parameters_are_not) {
  Matrix data = a;
  Parameter w(a);
  Tape tape;
  const Var x = tape.variable(data);
  const Var p = tape.parameter(w);
  data.zeros();
  w.value = b;
  BOOST_TEST(same(x.value(), a));
  BOOST_TEST(same(p.value(), b));
}

BOOST_AUTO_TEST_CASE(frozen_parameters_are_passed_by) {
  Parameter w(a, "w");
  Parameter frozen(b, "frozen");
  Parameter unused(b, "unused");
  frozen.requires_grad = false;
  Tape tape;
  tape.backward(times(tape.parameter(w), tape.parameter(frozen)), ones);
  BOOST_TEST(same(w.gradient, b));
  BOOST_TEST(!frozen.has_gradient);
  const std::vector<Parameter*> all = {&w, &frozen, &unused};
  const std::vector<const Parameter*> missed = without_gradient(all);
  const std::vector<const Parameter*> expected = {&frozen, &unused};
  BOOST_TEST(missed == expected);
}

BOOST_AUTO_TEST_CASE(no_grad) {
  Parameter w(a, "w");
  Tape tape;
  {
    const NoGrad outer(tape);
    {
      const NoGrad inner(tape);
      BOOST_TEST(!tape.recording());
    }
    BOOST_TEST(!tape.recording());
    const Var y = times(tape.parameter(w), tape.variable(b));
    BOOST_TEST(same(y.value(), a % b));
    BOOST_TEST(!y.requires_grad());
    BOOST_CHECK_THROW(tape.backward(y, ones), Error);
  }
  BOOST_TEST(tape.recording());
  const Var y = times(tape.parameter(w), tape.variable(b));
  tape.backward(y, ones);
  BOOST_TEST(same(w.gradient, b));
}

BOOST_AUTO_TEST_CASE(no_grad_ends_with_an_exception) {
  Tape tape;
  try {
    const NoGrad no_grad(tape);
    throw Error("out of here");
  } catch (const Error&) {
  }
  BOOST_TEST(tape.recording());
}

BOOST_AUTO_TEST_CASE(labels) {
  Parameter w(a, "w");
  Tape tape;
  const Var x = tape.variable(a);
  BOOST_TEST(x.label() == "");
  const Var y = times(x, x).label("h1");
  BOOST_TEST(y.label() == "h1");
  BOOST_TEST(tape.node(y.index()).label == "h1");
  BOOST_TEST(tape.parameter(w).label() == "w");
  BOOST_TEST(tape.var(y.index()).label() == "h1");
}

BOOST_AUTO_TEST_CASE(a_rewound_tape_is_as_new) {
  Tape tape;
  Parameter w(b, "w");
  for (int round = 0; round < 3; ++round) {
    tape.rewind();
    BOOST_TEST(tape.size() == 0);
    // Other leaves and other ops in the same places each time
    const Var x = round == 1 ? tape.parameter(w) : tape.variable(a);
    const Var y = round == 2 ? plus(x, x) : times(x, x);
    BOOST_TEST(x.label() == (round == 1 ? "w" : ""));
    BOOST_TEST(y.label() == "");
    BOOST_TEST(!x.has_gradient());
    BOOST_TEST(!y.has_gradient());
    BOOST_TEST(tape.node(1).kind() == (round == 2 ? "plus" : "times"));
    const Matrix values[] = {a % a, b % b, 2 * a};
    BOOST_TEST(same(y.value(), values[round]));
    tape.backward(y.label("y"), ones);
    const Matrix slopes[] = {2 * a, 2 * b, 2 * ones};
    BOOST_TEST(same(x.gradient(), slopes[round]));
  }
}

BOOST_AUTO_TEST_CASE(a_place_may_change_its_kind) {
  Tape tape;
  Parameter w(b, "w");
  tape.variable(a);
  tape.parameter(w);
  tape.rewind();
  const Var x = tape.variable(a);
  const Var y = times(x, x);  // where the parameter was
  tape.backward(y, ones);
  BOOST_TEST(same(y.value(), a % a));
  BOOST_TEST(same(y.gradient(), ones));
  BOOST_TEST(!w.has_gradient);
  tape.rewind();
  tape.variable(a);
  BOOST_TEST(tape.constant(b).value()(0, 0) == 5);  // where the op was
  BOOST_TEST(tape.node(1).kind() == "constant");
}

BOOST_AUTO_TEST_CASE(shapes_may_change_after_a_rewind) {
  Tape tape;
  for (const Index n : {3, 1, 40}) {
    tape.rewind();
    const Matrix values(n, n, arma::fill::value(2));
    const Var x = tape.variable(values);
    const Var loss = total(plus(times(x, x), x));
    tape.backward(loss);
    BOOST_TEST(same(x.gradient(), 2 * values + 1));
  }
}

BOOST_AUTO_TEST_CASE(references_to_values_outlive_growth) {
  Tape tape;
  const Var x = tape.variable(a);
  const Matrix& value = x.value();
  Var y = x;
  for (int i = 0; i < 10000; ++i) y = plus(y, x);
  BOOST_TEST(&value == &x.value());
  BOOST_TEST(same(y.value(), 10001 * a));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
