#include <cmath>

#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/softmax.hpp"
#include "support.hpp"

using namespace evenkeel_test;

namespace {

// exp of these columns is 1, 2, 1 and 1, 1, 2: softmax is ¼, ½, ¼ and ¼, ¼, ½
const double ln2 = std::log(2.0);
const Matrix logits = Numbers{{0, 5}, {ln2, 5}, {0, 5 + ln2}};
const Matrix probabilities = Numbers{{0.25, 0.25}, {0.5, 0.25}, {0.25, 0.5}};

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(losses)

BOOST_AUTO_TEST_CASE(softmax_by_hand) {
  Tape tape;
  const Var x = tape.variable(logits);
  const Var y = softmax(x);
  check_close(y.value(), probabilities);
  tape.backward(y, Numbers{{4, 1}, {8, 1}, {0, 1}});
  // p (dy − Σ p dy), Σ p dy = 5 and 1
  check_close(x.gradient(), {{-0.25, 0}, {1.5, 0}, {-1.25, 0}});
}

BOOST_AUTO_TEST_CASE(log_softmax_by_hand) {
  Tape tape;
  const Var x = tape.variable(logits);
  const Var y = log_softmax(x);
  check_close(y.value(), {{-2 * ln2, -2 * ln2}, {-ln2, -2 * ln2}, {-2 * ln2, -ln2}});
  tape.backward(y, Numbers{{4, 1}, {8, 1}, {0, 2}});
  // dy − p Σ dy, Σ dy = 12 and 4
  check_close(x.gradient(), {{1, 0}, {2, 0}, {-3, 0}});
}

BOOST_AUTO_TEST_CASE(softmax_at_ten_thousand) {
  Tape tape;
  const Matrix far = Numbers{{1e4, -1e4, 1e4}, {-1e4, -1e4, 1e4}};
  const Matrix expected = Numbers{{1, 0.5, 0.5}, {0, 0.5, 0.5}};
  const Matrix dy = Numbers{{2, 2, 2}, {1, 1, 1}};
  const Var x = tape.variable(far);
  const Var y = softmax(x);
  check_close(y.value(), expected);
  tape.backward(y, dy);
  check_close(x.gradient(), {{0, 0.25, 0.25}, {0, -0.25, -0.25}});
  const Var z = log_softmax(x);
  check_close(z.value(), {{0, -ln2, -ln2}, {-2e4, -ln2, -ln2}});
  tape.backward(z, dy);
  check_close(x.gradient(), {{-1, 0.5, 0.5}, {1, -0.5, -0.5}});
}

BOOST_AUTO_TEST_CASE(a_masked_entry_has_no_probability) {
  Tape tape;
  const Scalar never = -std::numeric_limits<Scalar>::infinity();
  const Var x = tape.variable(Numbers{{0}, {never}});
  const Var y = softmax(x);
  check_close(y.value(), Numbers{{1}, {0}});
  tape.backward(y, Numbers{{3}, {4}});
  check_close(x.gradient(), Numbers{{0}, {0}});
}

BOOST_AUTO_TEST_CASE(cross_entropy_by_hand) {
  Tape tape;
  const Var x = tape.variable(logits);
  const Var loss = cross_entropy(x, {1, 0});
  check_close(loss.value(), {{1.5 * ln2}});  // (log 2 + log 4) / 2
  tape.backward(loss);
  check_close(x.gradient(), {{0.125, -0.375}, {-0.25, 0.125}, {0.125, 0.25}});
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_equal_logits_is_log_classes) {
  Tape tape;
  const Var x = tape.variable(Matrix(10, 7, arma::fill::value(3)));
  check_close(cross_entropy(x, {0, 1, 2, 3, 4, 5, 9}).value(), {{std::log(10.0)}});
}

BOOST_AUTO_TEST_CASE(cross_entropy_far_out_is_finite) {
  Tape tape;
  const Var x = tape.variable(Numbers{{1e4, 1e4}, {-1e4, -1e4}});
  const Var loss = cross_entropy(x, {0, 1});  // right, and as wrong as can be
  check_close(loss.value(), {{1e4}});
  tape.backward(loss);
  check_close(x.gradient(), {{0, 0.5}, {0, -0.5}});
}

BOOST_AUTO_TEST_CASE(mse_by_hand) {
  Tape tape;
  const Var x = tape.variable(Numbers{{1, 2}, {3, 4}});
  const Var target = tape.variable(Numbers{{1, 0}, {6, 3}});
  const Var loss = mse(x, target);
  check_close(loss.value(), {{3.5}});  // (0 + 4 + 9 + 1) / 4
  tape.backward(loss, Numbers{{2}});
  check_close(x.gradient(), {{0, 2}, {-3, 1}});
  check_close(target.gradient(), {{0, -2}, {3, -1}});
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var x = tape.variable(logits);
  BOOST_CHECK_EXCEPTION(cross_entropy(x, {1}), Error,
                        says("[cross_entropy] targets must be 2, one for each column of logits "
                             "(3×2), got 1"));
  BOOST_CHECK_EXCEPTION(cross_entropy(x, {1, 3}), Error,
                        says("[cross_entropy] targets[1] must be below 3, the classes of logits "
                             "(3×2), got 3"));
  BOOST_CHECK_EXCEPTION(cross_entropy(tape.variable(Matrix(3, 0)), {}), Error,
                        says("[cross_entropy] logits (3×0) have no entries"));
  BOOST_CHECK_EXCEPTION(mse(x, tape.constant(Matrix(2, 3))), Error,
                        says("[mse] x and target must have one shape, got 3×2 and 2×3"));
  const Var empty = tape.variable(Matrix(0, 2));
  BOOST_CHECK_EXCEPTION(mse(empty, empty), Error, says("[mse] x (0×2) has no entries"));
}

BOOST_AUTO_TEST_CASE(cross_entropy_says_what_is_wrong_with_its_options) {
  Tape tape;
  const Var x = tape.variable(Matrix(3, 2, arma::fill::ones));
  const auto with = [&](const CrossEntropyOptions& options) { cross_entropy(x, {0, 0}, options); };
  BOOST_CHECK_EXCEPTION(with({.ignore_index = 0}), Error, says("all are ignored"));
  BOOST_CHECK_EXCEPTION(with({.label_smoothing = 1.5}), Error, says("in [0, 1], got 1.5"));
  BOOST_CHECK_EXCEPTION(with({.class_weights = Matrix{{1, 2, 3}}}), Error,
                        says("class_weights must be 3×1 one for each class, got 1×3"));
  BOOST_CHECK_EXCEPTION(with({.class_weights = Numbers{{1}, {-1}, {1}}}), Error,
                        says("class_weights must be at least 0"));
  BOOST_CHECK_EXCEPTION(cross_entropy(x, {0, Index(-1)}), Error, says("got -1"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
