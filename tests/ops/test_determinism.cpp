// Same numbers in, same bits out, with 1, 2 and 7 threads.
#include <functional>

#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/dropout.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/ops/softmax.hpp"
#include "support.hpp"

using namespace evenkeel_test;

namespace {

std::vector<Index> some_targets(Index samples, Index classes) {
  std::vector<Index> targets(samples);
  for (Index j = 0; j < samples; ++j) targets[j] = (j * j) % classes;
  return targets;
}

// Every kind of loop: products both ways, broadcasting, sums of each kind, softmax, dropout.
Var network(Tape& tape, const Matrix& data, Parameter& w, Parameter& b, Parameter& v) {
  const Var x = tape.variable(data).label("x");
  Var h = gelu(linear(x, w, b));
  h = h - mean(h, Over::rows);
  h = h / sqrt(mean(square(h), Over::columns) + 1e-3);
  h = dropout(h, 0.2, 11);
  const Var logits = linear(softmax(h) + log_softmax(h) * 0.1, v);
  return cross_entropy(logits, some_targets(data.n_cols, v.value.n_rows)) +
         1e-3 * sum(square(tanh(x * transpose(x)))) + mse(h, x);
}

std::vector<Matrix> results(int threads, Index features, Index samples) {
  const WithThreads scope(threads);
  Random random(4);
  Parameter w(random.normal(features, features, 0.1)), b(random.normal(features, 1));
  Parameter v(random.normal(10, features));
  Tape tape;
  const Var loss = network(tape, random.normal(features, samples), w, b, v);
  tape.backward(loss);
  return {loss.value(), tape.var(0).gradient(), w.gradient, b.gradient, v.gradient};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(determinism)

BOOST_AUTO_TEST_CASE(same_bits_for_every_number_of_threads) {
  for (const Shape shape : {Shape{64, 1000}, Shape{200, 333}, Shape{300, 40}}) {
    const std::vector<Matrix> expected = results(1, shape.rows, shape.cols);
    for (const int threads : {2, 7}) {
      const std::vector<Matrix> got = results(threads, shape.rows, shape.cols);
      for (std::size_t i = 0; i < got.size(); ++i) {
        BOOST_TEST(same_bits(got[i], expected[i]),
                   "result " << i << " of " << to_string(shape) << " with " << threads);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(large_products_and_sums) {
  const Matrix a = Random(1).normal(300, 500);
  const Matrix b = Random(2).normal(500, 400);
  const Matrix long_one = Random(3).normal(1, 200 * 1000);
  std::vector<Matrix> expected;
  for (const int threads : {1, 2, 7}) {
    const WithThreads scope(threads);
    Tape tape;
    const Var x = tape.variable(a);
    const Var y = tape.variable(b);
    const Var product = matmul(x, y);
    tape.backward(product, product.value());
    const Var line = tape.constant(long_one);
    const std::vector<Matrix> got = {product.value(), x.gradient(), y.gradient(), sum(line).value(),
                                     mse(line, 2 * line).value()};
    if (threads == 1) expected = got;
    for (std::size_t i = 0; i < got.size(); ++i) {
      BOOST_TEST(same_bits(got[i], expected[i]), "result " << i << " with " << threads);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
