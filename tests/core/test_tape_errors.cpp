#include <boost/test/unit_test.hpp>
#include <limits>
#include <optional>

#include "core/tiny_ops.hpp"
#include "says.hpp"

using namespace evenkeel;
using tiny::plus, tiny::times, tiny::total, tiny::root;

BOOST_AUTO_TEST_SUITE(core)
BOOST_AUTO_TEST_SUITE(tape_errors)

namespace {

const Matrix a = {{1, 2, 3}, {4, 5, 6}};
const Matrix ones(2, 3, arma::fill::ones);

struct WrongShape final : UnaryOp {
  std::string_view name() const override { return "wrong_shape"; }
  void forward(const Matrix& x, Matrix& y) override { y = x; }
  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = dy.t();
  }
};

// What Armadillo refuses: adding to dx instead of setting it is the beginner's mistake.
struct DoesNotFit final : UnaryOp {
  bool in_forward = false;

  std::string_view name() const override { return "does_not_fit"; }
  void forward(const Matrix& x, Matrix& y) override {
    if (in_forward) y = x * x;
    y = x;
  }
  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override { dx += dy; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(handles_from_before_a_rewind) {
  Tape tape;
  const Var old = tape.variable(a);
  tape.rewind();
  const Var now = tape.variable(a);
  BOOST_CHECK_EXCEPTION(old.value(), Error, says("before a rewind"));
  BOOST_CHECK_EXCEPTION(old.value(), Error, says("node 0 in round 1, the tape is now in round 2"));
  BOOST_CHECK_THROW(old.gradient(), Error);
  BOOST_CHECK_THROW(old.has_gradient(), Error);
  BOOST_CHECK_THROW(old.requires_grad(), Error);
  BOOST_CHECK_THROW(old.label("x"), Error);
  BOOST_CHECK_THROW(plus(now, old), Error);
  BOOST_CHECK_THROW(tape.backward(old, ones), Error);
  BOOST_TEST(tape.size() == 1);
}

BOOST_AUTO_TEST_CASE(empty_handles) {
  Tape tape;
  const Var nothing;
  const Var x = tape.variable(a);
  BOOST_CHECK_EXCEPTION(nothing.value(), Error, says("this Var is empty"));
  BOOST_CHECK_EXCEPTION(plus(x, nothing), Error, says("this Var is empty"));
  BOOST_CHECK_EXCEPTION(plus(nothing, x), Error, says("this Var is empty"));
  BOOST_CHECK_EXCEPTION(tape.backward(nothing), Error, says("this Var is empty"));
}

BOOST_AUTO_TEST_CASE(two_tapes) {
  Tape tape;
  Tape other;
  const Var x = tape.variable(a);
  const Var y = other.variable(a);
  BOOST_CHECK_EXCEPTION(plus(x, y), Error, says("two tapes"));
  BOOST_CHECK_EXCEPTION(tape.backward(y, ones), Error, says("two tapes"));
  BOOST_TEST(tape.size() == 1);
}

BOOST_AUTO_TEST_CASE(what_backward_cannot_start_from) {
  Tape tape;
  Parameter w(a, "w");
  const Var x = tape.variable(a);
  const Var y = plus(x, x);
  tape.backward(y, ones);
  BOOST_CHECK_EXCEPTION(tape.backward(y), Error, says("the loss must be 1×1, got 2×3"));
  BOOST_CHECK_EXCEPTION(tape.backward(y, Matrix(3, 2)), Error,
                        says("the cotangent must be 2×3 to match y, got 3×2"));
  const Var c = tape.constant(a).label("data");
  BOOST_CHECK_EXCEPTION(tape.backward(c, ones), Error,
                        says("nothing here needs a gradient: node 2 constant 'data', 2×3"));
  BOOST_CHECK_EXCEPTION(tape.backward(tape.parameter(w), ones), Error, says("itself a parameter"));
  BOOST_TEST(tiny::same(x.gradient(), 2 * ones));  // none of these touched the last one
}

BOOST_AUTO_TEST_CASE(nodes_that_are_not_there) {
  Tape tape;
  tape.variable(a);
  BOOST_CHECK_EXCEPTION(tape.node(1), Error, says("there is no node 1: the tape has 1"));
  BOOST_CHECK_THROW(tape.var(1), Error);
  tape.rewind();
  BOOST_CHECK_THROW(tape.node(0), Error);
}

BOOST_AUTO_TEST_CASE(a_failing_op_leaves_the_tape_as_it_was) {
  Tape tape;
  const Var x = tape.variable(a).label("tokens");
  const Var y = tape.constant(a.t());
  const auto text_of_the_error = [&] {
    try {
      plus(x, y);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  BOOST_TEST(text_of_the_error() ==
             "[plus] a and b must have one shape, got 2×3 and 3×2\n"
             "  input: node 0 variable 'tokens', 2×3\n"
             "  input: node 1 constant, 3×2");
  BOOST_TEST(tape.size() == 2);
  const Var z = times(x, x);  // in the place where plus failed
  BOOST_TEST(z.index() == 2);
  BOOST_TEST(tape.node(2).kind() == "times");
  tape.backward(z, ones);
  BOOST_TEST(tiny::same(x.gradient(), 2 * a));
}

BOOST_AUTO_TEST_CASE(an_op_taken_before_its_inputs_were_on_the_tape) {
  Tape tape;
  Parameter w(a, "w");
  const Var x = tape.variable(a);
  tiny::Plus& op = tape.next<tiny::Plus>();
  const Var p = tape.parameter(w);  // takes the place that next() prepared
  BOOST_CHECK_EXCEPTION(tape.record(op, {x, p}), Error,
                        says("[plus] call next() after the inputs are on the tape"));
  tiny::Plus elsewhere;
  BOOST_CHECK_THROW(tape.record(elsewhere, {x, p}), Error);
}

BOOST_AUTO_TEST_CASE(a_gradient_of_the_wrong_shape) {
  Tape tape;
  const Var x = tape.variable(a).label("tokens");
  const Var y = tape.record(tape.next<WrongShape>(), {x});
  BOOST_CHECK_EXCEPTION(
      tape.backward(y, ones), Error,
      says("[wrong_shape] the gradient of input 0 must be 2×3 to match its value, got 3×2"));
}

BOOST_AUTO_TEST_CASE(what_armadillo_refuses_gets_the_name_of_the_op) {
  Tape tape;
  const Var x = tape.variable(a).label("tokens");
  const std::string input = "\n  input: node 0 variable 'tokens', 2×3";
  const Var y = tape.record(tape.next<DoesNotFit>(), {x});
  BOOST_CHECK_EXCEPTION(
      tape.backward(y, ones), Error,
      says("[does_not_fit] in backward: addition: incompatible matrix dimensions: 0x0 and 2x3" +
           input));
  DoesNotFit& op = tape.next<DoesNotFit>();
  op.in_forward = true;
  BOOST_CHECK_EXCEPTION(
      tape.record(op, {x}), Error,
      says("[does_not_fit] in forward: matrix multiplication: incompatible matrix dimensions: 2x3 "
           "and 2x3" +
           input));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_did_not_come) {
  Tape tape;
  const Var x = tape.variable(a).label("tokens");
  BOOST_CHECK_EXCEPTION(x.gradient(), Error,
                        says("the last backward did not reach node 0 variable 'tokens', 2×3"));
}

BOOST_AUTO_TEST_CASE(the_first_nan_forward_names_its_maker) {
  Tape tape;
  const auto network = [&](double smallest) {
    tape.rewind();
    const Var x = tape.variable(Matrix{{4, Scalar(smallest)}}).label("x");
    const Var h = root(x).label("h");
    return total(plus(h, h)).label("loss");
  };
  network(-1);  // nobody looks: NaN flows on
  tape.check_finite(true);
  network(1);
  BOOST_CHECK_EXCEPTION(
      network(-1), Error,
      says("[root] made the first NaN or Inf: it is in the value of node 1 root"));
  // The place was called 'h' in the round before; this value has no label yet.
  try {
    network(-1);
  } catch (const Error& error) {
    BOOST_TEST(std::string(error.what()).find("'h'") == std::string::npos);
  }
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  BOOST_CHECK_EXCEPTION(network(infinity), Error, says("the value of node 0 variable"));
  tape.check_finite(false);
  network(-1);
}

BOOST_AUTO_TEST_CASE(a_nan_parameter_is_named) {
  Tape tape;
  tape.check_finite(true);
  Parameter w(Matrix(1, 1, arma::fill::value(std::numeric_limits<Scalar>::quiet_NaN())), "w");
  tape.variable(a).label("x");
  tape.rewind();
  BOOST_CHECK_EXCEPTION(tape.parameter(w), Error, says("the value of node 0 parameter 'w', 1×1"));
}

BOOST_AUTO_TEST_CASE(the_first_inf_backward_names_its_maker) {
  Tape tape;
  tape.check_finite(true);
  const Var x = tape.variable(Matrix{{4, 0}}).label("x");
  const Var h = root(plus(x, x).label("double")).label("h");
  const Var loss = total(h);
  BOOST_CHECK_EXCEPTION(
      tape.backward(loss), Error,
      says("[root] made the first NaN or Inf: it is in the gradient of node 1 plus 'double', 1×2"));
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  BOOST_CHECK_EXCEPTION(
      tape.backward(h, Matrix{{1, infinity}}), Error,
      says("[backward] made the first NaN or Inf: it is in the cotangent of node 2 root 'h'"));
  tape.check_finite(false);
  tape.backward(loss);
  BOOST_TEST(x.gradient()(0, 1) == infinity);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
