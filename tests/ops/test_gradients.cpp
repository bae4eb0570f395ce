// Every op: the full Jacobian by finite differences, over random shapes with 1×1, 1×n and n×1 among
// them, and a random cotangent. In double the relative error must be at most 1e-6; in float the
// differences themselves are only good to about 2e-3 (gradient_check.hpp says why).
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/dropout.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/ops/softmax.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "support.hpp"

using namespace evenkeel_test;

namespace {

using In = std::span<const Var>;

const std::vector<Shape> shapes = {{1, 1}, {1, 5}, {5, 1}, {3, 4}, {6, 2}};

Matrix normal(Shape shape, std::uint64_t seed) {
  return Random(seed).normal(shape.rows, shape.cols);
}
Matrix positive(Shape shape, std::uint64_t seed) {
  return Random(seed).uniform(shape.rows, shape.cols, 0.5, 2);
}

void check(const CheckedFunction& f, const std::vector<Matrix>& inputs) {
  const GradientReport report = gradient_check(f, inputs);
  BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
}

void check_unary(Var (*f)(Var), Matrix (*draw)(Shape, std::uint64_t) = normal) {
  for (Shape shape : shapes) check([f](Tape&, In in) { return f(in[0]); }, {draw(shape, 31)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(gradients)

BOOST_AUTO_TEST_CASE(arithmetic_with_broadcasting) {
  for (const auto op : {add, subtract, multiply, divide}) {
    const CheckedFunction f = [op](Tape&, In in) { return op(in[0], in[1]); };
    for (Shape shape : shapes) {
      for (Shape small : {shape, {1, shape.cols}, {shape.rows, 1}, {1, 1}}) {
        check(f, {normal(shape, 1), positive(small, 2)});
        check(f, {normal(small, 3), positive(shape, 4)});
      }
    }
    check(f, {normal({3, 1}, 5), positive({1, 4}, 6)});
  }
}

BOOST_AUTO_TEST_CASE(plain_numbers) {
  check_unary([](Var x) { return 3 * x; });
  check_unary([](Var x) { return x + 3; });
  check_unary([](Var x) { return 1 - x / 3; });
  check_unary([](Var x) { return 2 / x; }, positive);
}

BOOST_AUTO_TEST_CASE(products) {
  for (const auto& [m, k, n] : std::vector<std::array<Index, 3>>{
           {1, 1, 1}, {1, 6, 1}, {5, 1, 4}, {3, 4, 5}, {6, 5, 1}, {1, 5, 6}, {5, 6, 4}}) {
    const Matrix a = normal({m, k}, 1);
    const Matrix b = normal({k, n}, 2);
    check([](Tape&, In in) { return in[0] * in[1]; }, {a, b});
    check([](Tape&, In in) { return linear(in[1], in[0]); }, {a, b});
    check([](Tape&, In in) { return linear(in[1], in[0], in[2]); }, {a, b, normal({m, 1}, 3)});
  }
}

BOOST_AUTO_TEST_CASE(elementwise) {
  check_unary(exp);
  check_unary(log, positive);
  check_unary(sqrt, positive);
  check_unary(square);
  check_unary([](Var x) { return pow(x, 3); });
  check_unary([](Var x) { return pow(x, 1.7); }, positive);
  check_unary([](Var x) { return pow(x, -2); }, positive);
  check_unary([](Var x) { return pow(x, 0); });
}

// Away from the kink at 0, as finite differences must stay on one side of it.
BOOST_AUTO_TEST_CASE(with_a_kink) {
  const auto draw = [](Shape shape, std::uint64_t seed) {
    return away_from(normal(shape, seed), 0, 0.1);
  };
  check_unary(abs, draw);
  check_unary(relu, draw);
  check_unary([](Var x) { return leaky_relu(x, 0.2); }, draw);
}

BOOST_AUTO_TEST_CASE(activations) {
  check_unary(erf);
  check_unary([](Var x) { return gelu(x); });
  check_unary([](Var x) { return gelu(x, Gelu::tanh); });
  check_unary(silu);
  check_unary(tanh);
  check_unary(sigmoid);
}

BOOST_AUTO_TEST_CASE(reductions) {
  check_unary([](Var x) { return sum(x); });
  check_unary([](Var x) { return sum(x, Over::rows); });
  check_unary([](Var x) { return sum(x, Over::columns); });
  check_unary([](Var x) { return mean(x); });
  check_unary([](Var x) { return mean(x, Over::rows); });
  check_unary([](Var x) { return mean(x, Over::columns); });
}

BOOST_AUTO_TEST_CASE(moving_entries) {
  check_unary(transpose);
  check_unary([](Var x) { return slice_rows(x, x.rows() / 2, x.rows() - x.rows() / 2); });
  check_unary([](Var x) { return reshape(x, x.cols(), x.rows()); });
  check_unary([](Var x) { return gather(x, {0, x.cols() - 1, 0}); });
  check_unary([](Var x) { return concatenate_rows({x, 2 * x, x}); });
}

BOOST_AUTO_TEST_CASE(probabilities_and_losses) {
  check_unary(softmax);
  check_unary(log_softmax);
  check_unary([](Var x) {
    std::vector<Index> targets(x.cols());
    for (Index j = 0; j < x.cols(); ++j) targets[j] = j % x.rows();
    return cross_entropy(x, targets);
  });
  for (Shape shape : shapes) {
    check([](Tape&, In in) { return mse(in[0], in[1]); }, {normal(shape, 1), normal(shape, 2)});
  }
}

BOOST_AUTO_TEST_CASE(dropout_with_one_mask) {
  check_unary([](Var x) { return dropout(x, 0.5, 3); });
}

// --- the test of the test ------------------------------------------------------------------------

namespace {

// softmax whose backward forgets that the column's sum moves too
struct ForgetfulSoftmax final : UnaryOp {
  std::string_view name() const override { return "forgetful"; }
  void forward(const Matrix& x, Matrix& y) override {
    const Matrix e = arma::exp(x);
    const Matrix sum = arma::sum(e, 0);
    y = e.each_row() / sum;
  }
  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    dx = y % dy;
  }
};

// a ⊙ b whose backward takes one gradient for the other
struct SwappedMultiply final : BinaryOp {
  std::string_view name() const override { return "swapped"; }
  void forward(const Matrix& a, const Matrix& b, Matrix& y) override { y = a % b; }
  void backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* da,
                Matrix* db) override {
    if (da) *da = dy % a;
    if (db) *db = dy % b;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_wrong_backward_fails) {
  const Matrix x = normal({3, 4}, 1);
  const Matrix z = normal({3, 4}, 2);
  const GradientReport forgetful =
      gradient_check([](Tape&, In in) { return record<ForgetfulSoftmax>({in[0]}); }, {x});
  BOOST_TEST(!forgetful.passed());
  const GradientReport swapped = gradient_check(
      [](Tape&, In in) {
        return record<SwappedMultiply>({in[0], in[1]});
      },
      {x, z});
  BOOST_TEST(!swapped.passed());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
