#include <boost/test/unit_test.hpp>

#include "evenkeel/core/random.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/testing/invariance.hpp"

using namespace evenkeel;

namespace {

// One op for all of these: y = g(x), for forward passes only.
struct Map final : UnaryOp {
  std::function<Matrix(const Matrix&)> g;

  std::string_view name() const override { return "map"; }
  void forward(const Matrix& x, Matrix& y) override { y = g(x); }
  void backward(const Matrix&, const Matrix&, const Matrix&, Matrix&) override {}
};

Unary map(std::function<Matrix(const Matrix&)> g) {
  return [g](Var x) { return record<Map>({x}, [&](Map& op) { op.g = g; }); };
}

// Values are near 1, so rounding stays within some tens of machine_epsilon.
constexpr double rounding = 50 * machine_epsilon;

const Unary center_columns =
    map([](const Matrix& x) -> Matrix { return x.each_row() - arma::mean(x, 0); });
const Unary center_rows =
    map([](const Matrix& x) -> Matrix { return x.each_col() - arma::mean(x, 1); });
const Unary direction = map([](const Matrix& x) -> Matrix { return x / arma::norm(x, "fro"); });

}  // namespace

BOOST_AUTO_TEST_SUITE(testing)
BOOST_AUTO_TEST_SUITE(invariances)

BOOST_AUTO_TEST_CASE(a_shift) {
  const Matrix x = Random(1).normal(4, 3);
  BOOST_TEST(shift_invariance(center_columns, x) < rounding);
  BOOST_TEST(shift_invariance(direction, x) > 0.1);
  const Unary same = map([](const Matrix& y) { return y; });
  BOOST_TEST(std::abs(shift_invariance(same, x, 2) - 2) < rounding);
}

BOOST_AUTO_TEST_CASE(a_scaling) {
  const Matrix x = Random(1).normal(4, 3);
  BOOST_TEST(scale_invariance(direction, x) < rounding);
  BOOST_TEST(scale_invariance(center_columns, x) > 0.1);
}

BOOST_AUTO_TEST_CASE(samples_that_see_each_other) {
  const Matrix x = Random(1).normal(4, 3);
  BOOST_TEST(sample_independence(center_columns, x) == 0);
  BOOST_TEST(sample_independence(center_rows, x) > 0.1);
  const Unary last_copies_first = map([](const Matrix& y) {
    Matrix z = y;
    z.col(2) = y.col(0);
    return z;
  });
  BOOST_TEST(sample_independence(last_copies_first, x) > 0.1);
}

BOOST_AUTO_TEST_CASE(nan_is_not_invariance) {
  const Matrix x(2, 2, arma::fill::zeros);
  BOOST_CHECK_THROW(scale_invariance(direction, x), Error);  // 0/0
}

BOOST_AUTO_TEST_CASE(columns_must_stay_columns) {
  const Unary total = map([](const Matrix& y) { return Matrix(1, 1, arma::fill::value(y(0, 0))); });
  BOOST_CHECK_THROW(sample_independence(total, Matrix(2, 3, arma::fill::ones)), Error);
}

BOOST_AUTO_TEST_CASE(a_jacobian_has_a_row_for_each_output) {
  const Matrix w = Random(1).normal(3, 2), x = Random(2).normal(2, 4);
  const Matrix j = jacobian([&](Var v) { return linear(v, v.tape().constant(w)); }, x);
  Matrix expected(12, 8, arma::fill::zeros);  // a block for each sample
  for (Index sample = 0; sample < 4; ++sample) {
    expected.submat(3 * sample, 2 * sample, arma::size(w)) = w;
  }
  BOOST_TEST(arma::approx_equal(j, expected, "absdiff", 0));
  BOOST_TEST(jacobian([](Var v) { return sum(v); }, x).n_rows == 1u);
  const Unary constant = [](Var v) { return 0 * v; };
  BOOST_TEST(arma::accu(arma::abs(jacobian(constant, x))) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
