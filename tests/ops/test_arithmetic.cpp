#include "evenkeel/ops/arithmetic.hpp"
#include "support.hpp"

using namespace evenkeel_test;

namespace {

const Matrix a = Numbers{{1, 2, 3}, {4, 5, 6}};
const Matrix b = Numbers{{2, 4, 8}, {-1, 2, -4}};
const Matrix row = Numbers{{1, 2, 4}};
const Matrix column = Numbers{{2}, {4}};
const Matrix scalar = Numbers{{2}};
const Matrix dy = Numbers{{1, 10, 100}, {2, 20, 200}};

// The gradients of both inputs under the cotangent dy.
struct Gradients {
  Matrix value, a, b;
};
Gradients run(Var (*op)(Input, Input), const Numbers& left, const Numbers& right) {
  Tape tape;
  const Var x = tape.variable(left);
  const Var y = tape.variable(right);
  const Var z = op(x, y);
  tape.backward(z, dy);
  return {z.value(), x.gradient(), y.gradient()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(arithmetic)

BOOST_AUTO_TEST_CASE(same_shape) {
  const Gradients sum = run(add, a, b);
  check_close(sum.value, {{3, 6, 11}, {3, 7, 2}});
  check_close(sum.a, dy);
  check_close(sum.b, dy);
  const Gradients difference = run(subtract, a, b);
  check_close(difference.value, {{-1, -2, -5}, {5, 3, 10}});
  check_close(difference.a, dy);
  check_close(difference.b, -dy);
  const Gradients product = run(multiply, a, b);
  check_close(product.value, {{2, 8, 24}, {-4, 10, -24}});
  check_close(product.a, {{2, 40, 800}, {-2, 40, -800}});
  check_close(product.b, {{1, 20, 300}, {8, 100, 1200}});
  const Gradients quotient = run(divide, a, b);
  check_close(quotient.value, {{0.5, 0.5, 0.375}, {-4, 2.5, -1.5}});
  check_close(quotient.a, {{0.5, 2.5, 12.5}, {-2, 10, -50}});
  // −dy a / b²
  check_close(quotient.b, {{-0.25, -1.25, -4.6875}, {-8, -25, -75}});
}

BOOST_AUTO_TEST_CASE(a_row_a_column_a_scalar_on_the_right) {
  const Gradients by_row = run(multiply, a, row);
  check_close(by_row.value, {{1, 4, 12}, {4, 10, 24}});
  check_close(by_row.a, {{1, 20, 400}, {2, 40, 800}});
  check_close(by_row.b, {{1 + 8, 20 + 100, 300 + 1200}});  // Σ dy a over the rows
  const Gradients by_column = run(multiply, a, column);
  check_close(by_column.value, {{2, 4, 6}, {16, 20, 24}});
  check_close(by_column.b, {{321}, {1308}});  // Σ dy a over the columns
  const Gradients by_scalar = run(multiply, a, scalar);
  check_close(by_scalar.value, 2 * a);
  check_close(by_scalar.b, {{1629}});
  check_close(run(add, a, row).b, {{3, 30, 300}});
  check_close(run(add, a, column).b, {{111}, {222}});
  check_close(run(subtract, a, scalar).b, {{-333}});
  check_close(run(divide, a, column).value, {{0.5, 1, 1.5}, {1, 1.25, 1.5}});
  check_close(run(divide, a, column).b, {{-321 / 4.0}, {-1308 / 16.0}});
}

BOOST_AUTO_TEST_CASE(a_row_a_column_a_scalar_on_the_left) {
  const Gradients by_row = run(subtract, row, a);
  check_close(by_row.value, {{0, 0, 1}, {-3, -3, -2}});
  check_close(by_row.a, {{3, 30, 300}});
  check_close(by_row.b, -dy);
  const Gradients by_column = run(divide, column, b);
  check_close(by_column.value, {{1, 0.5, 0.25}, {-4, 2, -1}});
  check_close(by_column.a, {{0.5 + 2.5 + 12.5}, {-2 + 10 - 50}});
  check_close(by_column.b, {{-0.5, -1.25, -3.125}, {-8, -20, -50}});  // −dy y / b
  const Gradients by_scalar = run(multiply, scalar, a);
  check_close(by_scalar.value, 2 * a);
  check_close(by_scalar.a, {{1629}});
  check_close(by_scalar.b, 2 * dy);
}

BOOST_AUTO_TEST_CASE(a_column_and_a_row_make_a_table) {
  const Gradients table = run(add, column, row);
  check_close(table.value, {{3, 4, 6}, {5, 6, 8}});
  check_close(table.a, {{111}, {222}});
  check_close(table.b, {{3, 30, 300}});
}

BOOST_AUTO_TEST_CASE(operators_follow_armadillo) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var y = tape.variable(b);
  BOOST_TEST(same_bits((x + y).value(), a + b));
  BOOST_TEST(same_bits((x - y).value(), a - b));
  BOOST_TEST(same_bits((x % y).value(), a % b));
  BOOST_TEST(same_bits((x / y).value(), a / b));
  const Var wide = tape.variable(Numbers{{1, 0}, {0, 1}, {2, 3}});
  check_close((x * wide).value(), {{7, 11}, {16, 23}});
}

BOOST_AUTO_TEST_CASE(plain_numbers) {
  Tape tape;
  const Var x = tape.variable(Numbers{{1, 2, 4}});
  check_close((-x).value(), {{-1, -2, -4}});
  check_close((x + 1).value(), {{2, 3, 5}});
  check_close((1 + x).value(), {{2, 3, 5}});
  check_close((x - 0.5).value(), {{0.5, 1.5, 3.5}});
  check_close((1 - x).value(), {{0, -1, -3}});
  check_close((2 * x).value(), {{2, 4, 8}});
  check_close((x * 2).value(), {{2, 4, 8}});
  check_close((x / 2).value(), {{0.5, 1, 2}});
  check_close((2 / x).value(), {{2, 1, 0.5}});
  tape.backward(3 * (1 - x) / 4 + 2 / x, Numbers{{1, 10, 100}});
  check_close(x.gradient(), {{-2.75, -12.5, -87.5}});  // dy (−¾ − 2/x²)
}

BOOST_AUTO_TEST_CASE(one_matrix_twice) {
  Tape tape;
  const Var x = tape.variable(a);
  tape.backward(x % x + x - x / x, dy);
  check_close(x.gradient(), dy % (2 * a + 1));
}

BOOST_AUTO_TEST_CASE(only_what_is_wanted) {
  Tape tape;
  const Var x = tape.constant(a);
  const Var y = tape.variable(row);
  for (const auto op : {add, subtract, multiply, divide}) {
    tape.backward(op(x, y), dy);
    BOOST_TEST(!x.has_gradient());
    BOOST_TEST(y.has_gradient());
  }
}

BOOST_AUTO_TEST_CASE(wrong_shapes) {
  Tape tape;
  const Var x = tape.variable(a);
  const Var y = tape.variable(Matrix(3, 2, arma::fill::ones)).label("data");
  BOOST_CHECK_EXCEPTION(x + y, Error,
                        says("[add] a (2×3) and b (3×2) do not fit: rows and columns must each "
                             "agree, or be 1 in one of them"));
  BOOST_CHECK_EXCEPTION(x + y, Error, says("'data', 3×2"));
  BOOST_CHECK_EXCEPTION(x - y, Error, says("[subtract] a (2×3) and b (3×2) do not fit"));
  BOOST_CHECK_EXCEPTION(x % y, Error, says("[multiply] a (2×3) and b (3×2) do not fit"));
  BOOST_CHECK_EXCEPTION(y / x, Error, says("[divide] a (3×2) and b (2×3) do not fit"));
  const Var two_rows = tape.variable(Matrix(2, 3, arma::fill::ones));
  const Var four = tape.variable(Matrix(4, 3, arma::fill::ones));
  BOOST_CHECK_EXCEPTION(two_rows + four, Error, says("[add] a (2×3) and b (4×3)"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
