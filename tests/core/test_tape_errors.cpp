#include <boost/test/unit_test.hpp>
#include <limits>
#include <optional>
#include <thread>

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

struct DoesNotWrite final : UnaryOp {
  std::string_view name() const override { return "does_not_write"; }
  void forward(const Matrix& x, Matrix& y) override { y = x; }
  void backward(const Matrix&, const Matrix&, const Matrix&, Matrix&) override {}
};

// What only functions of Vars may do
struct UsesItsTape final : UnaryOp {
  enum class How {
    node_in_forward,
    rewind_in_forward,
    node_in_backward,
    rewind_in_backward,
    backward_in_backward
  };
  Var x;
  How how{};

  std::string_view name() const override { return "uses_its_tape"; }
  void forward(const Matrix& in, Matrix& y) override {
    if (how == How::node_in_forward) plus(x, x);
    if (how == How::rewind_in_forward) x.tape().rewind();
    y = in;
  }
  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (how == How::node_in_backward) x.tape().constant(a);
    if (how == How::rewind_in_backward) x.tape().rewind();
    if (how == How::backward_in_backward) x.tape().backward(x, ones);
    dx = dy;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(handles_from_before_a_rewind) {
  Tape tape;
  const Var old = tape.variable(a);
  tape.rewind();
  const Var now = tape.variable(a);
  BOOST_CHECK_EXCEPTION(old.value(), Error, says("from before a rewind, where it was node 0"));
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
                        says("the upstream gradient must be 2×3 to match y, got 3×2"));
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

BOOST_AUTO_TEST_CASE(a_failing_op_takes_its_parameters_off_the_tape_again) {
  Tape tape;
  Parameter w(a.t(), "w");
  const Var x = tape.variable(a);
  BOOST_CHECK_EXCEPTION(plus(x, w), Error, says("input: node 1 parameter 'w', 3×2"));
  BOOST_TEST(tape.size() == 1);
}

BOOST_AUTO_TEST_CASE(parameters_alone_have_no_tape) {
  Parameter w(a, "w");
  BOOST_CHECK_EXCEPTION(times(w, w), Error,
                        says("all inputs of this op are parameters (the first is 'w'), which are "
                             "on no tape: write tape.parameter(w) for one of them"));
}

BOOST_AUTO_TEST_CASE(a_handle_of_a_dead_tape_does_not_fit_a_new_one_at_its_address) {
  std::optional<Tape> tape;
  Var kept;
  for (int turn = 0; turn < 3; ++turn) {
    tape.emplace();
    const Var x = tape->variable(a);
    if (turn > 0) {
      BOOST_TEST(&kept.tape() == &x.tape());
      BOOST_CHECK_EXCEPTION(kept.value(), Error,
                            says("this Var is from a tape that is gone, where it was node 0"));
      BOOST_CHECK_THROW(plus(x, kept), Error);
    }
    kept = x;
    BOOST_TEST(tiny::same(kept.value(), a));
  }
}

BOOST_AUTO_TEST_CASE(an_op_that_uses_its_tape) {
  Tape tape;
  const Var x = tape.variable(a).label("tokens");
  const auto misused = [&](UsesItsTape::How how) {
    return record<UsesItsTape>({x}, [&](UsesItsTape& op) {
      op.x = x;
      op.how = how;
    });
  };
  using How = UsesItsTape::How;
  BOOST_CHECK_EXCEPTION(misused(How::node_in_forward), Error,
                        says("[uses_its_tape] a node is made inside the op's forward"));
  BOOST_CHECK_EXCEPTION(misused(How::rewind_in_forward), Error,
                        says("[uses_its_tape] the tape is rewound inside the op's forward"));
  BOOST_TEST(tape.size() == 1);
  BOOST_CHECK_EXCEPTION(tape.backward(misused(How::node_in_backward), ones), Error,
                        says("[uses_its_tape] a node is made inside the op's forward or backward"));
  BOOST_CHECK_EXCEPTION(tape.backward(misused(How::rewind_in_backward), ones), Error,
                        says("[uses_its_tape] the tape is rewound"));
  BOOST_CHECK_EXCEPTION(tape.backward(misused(How::backward_in_backward), ones), Error,
                        says("[uses_its_tape] backward is called"));
  tape.backward(plus(x, x), ones);  // it is usable again
  BOOST_TEST(tiny::same(x.gradient(), 2 * ones));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_written) {
  Tape tape;
  const std::string complaint =
      "[does_not_write] backward did not write the gradient of input 0: it must set all of it";
  for (int round = 0; round < 2; ++round) {
    tape.rewind();
    const Var x = tape.variable(a);
    tape.backward(plus(x, x), ones);  // memory for the gradient, with right numbers in it
    const Var y = record<DoesNotWrite>({x});
    BOOST_CHECK_EXCEPTION(tape.backward(y, ones), Error, says(complaint));
    // the second contribution, which goes through a scratch buffer
    BOOST_CHECK_THROW(tape.backward(plus(record<DoesNotWrite>({x}), x), ones), Error);
  }
  const Var x = tape.variable(a);
  tape.backward(plus(x, x), ones);
  BOOST_CHECK_EXCEPTION(tape.backward(record<DoesNotFit>({x}), ones), Error,
                        says("and not add to what is there"));
}

BOOST_AUTO_TEST_CASE(a_gradient_of_the_wrong_shape) {
  Tape tape;
  const Var x = tape.variable(a).label("tokens");
  const Var y = record<WrongShape>({x});
  BOOST_CHECK_EXCEPTION(tape.backward(y, ones), Error,
                        says("[wrong_shape] the gradient of input 0 'tokens' must be 2×3 to match "
                             "its value, got 3×2"));
}

BOOST_AUTO_TEST_CASE(what_armadillo_refuses_gets_the_name_of_the_op) {
  Tape tape;
  const Var x = tape.variable(a).label("tokens");
  const std::string input = "\n  input: node 0 variable 'tokens', 2×3";
  const Var y = record<DoesNotFit>({x});
  BOOST_CHECK_EXCEPTION(
      tape.backward(y, ones), Error,
      says("[does_not_fit] in backward: addition: incompatible matrix dimensions: 0x0 and 2x3" +
           input));
  BOOST_CHECK_EXCEPTION(
      record<DoesNotFit>({x}, [](DoesNotFit& op) { op.in_forward = true; }), Error,
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
  BOOST_CHECK_EXCEPTION(tape.backward(h, Matrix{{1, infinity}}), Error,
                        says("[backward] made the first NaN or Inf: it is in the upstream gradient "
                             "of node 2 root 'h'"));
  tape.check_finite(false);
  tape.backward(loss);
  BOOST_TEST(x.gradient()(0, 1) == infinity);
}

BOOST_AUTO_TEST_CASE(a_bad_value_from_before_is_named_and_not_its_carrier) {
  Tape tape;
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  const Var x = tape.variable(Matrix{{1, nan}}).label("x");
  const Var h = root(x).label("h");
  tape.check_finite(true);  // only now
  const auto next = [&] { plus(h, h); };
  BOOST_CHECK_EXCEPTION(next(), Error,
                        says("[variable] made the first NaN or Inf: it is in the value of node 0 "
                             "variable 'x', 1×2, the first NaN at row 0, column 1"));
  BOOST_CHECK_EXCEPTION(next(), Error, says("node 2 plus, 1×2 only carries it"));
  BOOST_CHECK_EXCEPTION(next(), Error,
                        says("node 0 variable 'x', 1×2: from 1 to 1, 1 of 2 NaN or Inf"));
}

BOOST_AUTO_TEST_CASE(a_parameter_that_changed_between_forward_and_backward_is_named) {
  Tape tape;
  std::vector<Parameter> w;
  w.emplace_back(a, "w");
  const auto loss = [&] {
    tape.rewind();
    const Var value = tape.parameter(w[0]);
    return total(times(value, value));
  };
  Var y = loss();
  w[0].value(1, 2) += 1;
  BOOST_CHECK_EXCEPTION(tape.backward(y), Error, says("parameter 'w' (node 0) was changed since"));
  w[0].value(1, 2) -= 1;
  tape.backward(y);
  w[0].value = -w[0].value;  // all of its signs
  BOOST_CHECK_EXCEPTION(tape.backward(y), Error, says("parameter 'w' (node 0) was changed since"));
  w[0].value = -w[0].value;
  tape.backward(y);
  w[0].value.set_size(6, 1);
  BOOST_CHECK_EXCEPTION(tape.backward(y), Error, says("was resized from 2×3 to 6×1 since"));
  w[0].value = a;
  y = loss();
  w.reserve(w.capacity() + 1);  // moves them
  BOOST_CHECK_EXCEPTION(tape.backward(y), Error,
                        says("parameter 'w' (node 0) was destroyed, or moved"));
  y = loss();
  w.clear();
  BOOST_CHECK_EXCEPTION(tape.backward(y), Error, says("'w' (node 0) was destroyed, or moved"));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_somebody_resized) {
  Tape tape;
  Parameter w(a, "w");
  const Var y = total(tape.parameter(w));
  tape.backward(y);
  w.gradient.set_size(1, 1);
  BOOST_CHECK_EXCEPTION(
      tape.backward(y), Error,
      says("[total] the gradient of input 0 'w' must be 2×3 to match its value, got 1×1"));
}

BOOST_AUTO_TEST_CASE(a_tape_belongs_to_one_thread_until_it_is_rewound) {
  Tape tape;
  const Var y = total(tape.variable(a));
  std::string message;
  const auto in_another_thread = [&](auto action) {
    message.clear();
    std::thread([&] {
      try {
        action();
      } catch (const Error& error) {
        message = error.what();
      }
    }).join();
    return message;
  };
  const std::string expected =
      "in another thread than the one whose nodes are on it: give each thread a tape of its own";
  BOOST_TEST(in_another_thread([&] { tape.variable(a); }) == "[tape] a node is made " + expected);
  BOOST_TEST(in_another_thread([&] { total(y); }) == "[tape] a node is made " + expected);
  BOOST_TEST(in_another_thread([&] { tape.backward(y); }) ==
             "[tape] backward is called " + expected);
  BOOST_TEST(in_another_thread([&] { tape.rewind(); }) == "[tape] the tape is rewound " + expected);
  tape.backward(y);
  tape.rewind();
  BOOST_TEST(in_another_thread([&] {
               tape.backward(total(tape.variable(a)));
               tape.rewind();
             }) == "");
  tape.variable(a);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
