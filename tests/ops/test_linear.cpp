#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "kernels/ops.hpp"
#include "support.hpp"

using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(products)

namespace {

const Matrix w = Numbers{{1, 2, 3}, {0, -1, 4}};      // 2 out × 3 in
const Matrix x = Numbers{{1, 0}, {2, -1}, {0.5, 3}};  // 3 in × 2 samples
const Matrix b = Numbers{{10}, {20}};
const Matrix dy = Numbers{{1, 2}, {3, -1}};

const Matrix wx = Numbers{{6.5, 7}, {0, 13}};
const Matrix dx = Numbers{{1, 2}, {-1, 5}, {15, 2}};   // Wᵀ dy
const Matrix dw = Numbers{{1, 0, 6.5}, {3, 7, -1.5}};  // dy xᵀ
const Matrix db = Numbers{{3}, {2}};

}  // namespace

BOOST_AUTO_TEST_CASE(matmul_by_hand) {
  Tape tape;
  const Var left = tape.variable(w);
  const Var right = tape.variable(x);
  const Var y = matmul(left, right);
  check_close(y.value(), wx);
  tape.backward(y, dy);
  check_close(left.gradient(), dw);
  check_close(right.gradient(), dx);
}

BOOST_AUTO_TEST_CASE(linear_by_hand) {
  Tape tape;
  const Var in = tape.variable(x);
  const Var weight = tape.variable(w);
  const Var bias = tape.variable(b);
  const Var y = linear(in, weight, bias);
  check_close(y.value(), {{16.5, 17}, {20, 33}});
  tape.backward(y, dy);
  check_close(in.gradient(), dx);
  check_close(weight.gradient(), dw);
  check_close(bias.gradient(), db);

  const Var plain = linear(in, weight);
  check_close(plain.value(), wx);
  tape.backward(plain, dy);
  check_close(in.gradient(), dx);
  check_close(weight.gradient(), dw);
}

BOOST_AUTO_TEST_CASE(parameters_get_their_gradients) {
  Tape tape;
  Parameter weight(w, "w");
  Parameter bias(b, "b");
  const Var in = tape.constant(x);
  tape.backward(linear(in, weight, bias), dy);
  check_close(weight.gradient, dw);
  check_close(bias.gradient, db);
  tape.backward(linear(in, weight), dy);
  check_close(weight.gradient, 2 * dw);  // adds up until zero_gradient()
  weight.zero_gradient();
  bias.zero_gradient();
  weight.requires_grad = false;
  tape.backward(linear(in, weight, bias), dy);
  BOOST_TEST(!weight.has_gradient);
  check_close(bias.gradient, db);
}

// Every way through gemm (by entries, by one call, by a vector, cut by columns, cut by rows, with a
// last part of one column), with and without transposes, against Armadillo.
BOOST_AUTO_TEST_CASE(gemm_agrees_with_armadillo) {
  const std::vector<std::array<Index, 3>> sizes = {
      {1, 1, 1},     {3, 4, 5},     {7, 1, 300},    {40, 50, 1},   {1, 50, 40},   {1, 5000, 1},
      {64, 64, 301}, {301, 64, 64}, {33, 1000, 70}, {50, 500, 57}, {2000, 90, 1}, {5, 0, 3}};
  for (const auto& size : sizes) {
    const Index m = size[0], k = size[1], n = size[2];
    const Matrix a = Random(1).normal(m, k);
    const Matrix b = Random(2).normal(k, n);
    // Armadillo reads through a null pointer when it transposes a matrix without entries.
    const Matrix at = k > 0 ? Matrix(a.t()) : Matrix(k, m);
    const Matrix bt = k > 0 ? Matrix(b.t()) : Matrix(n, k);
    const Matrix expected = a * b;
    // Two orders of one sum of k terms differ by at most k eps Σ|a||b|, each sum by half of it.
    const Matrix terms = arma::abs(a) * arma::abs(b);
    const Matrix allowed = Scalar(k) * machine_epsilon * terms;
    Matrix y(m, n, arma::fill::value(arma::Datum<Scalar>::nan));  // must be overwritten
    const auto check = [&](auto gemm, const Matrix& left, const Matrix& right) {
      gemm(left, right, y);
      BOOST_TEST((shape_of(y) == shape_of(expected)));
      BOOST_TEST(arma::all(arma::vectorise(arma::abs(y - expected) <= allowed)),
                 m << "×" << k << " times " << k << "×" << n);
    };
    check(kernels::gemm, a, b);
    check(kernels::gemm_tn, at, b);
    check(kernels::gemm_nt, a, bt);
  }
}

BOOST_AUTO_TEST_CASE(wrong_shapes) {
  Tape tape;
  const Var square = tape.variable(Matrix(2, 2, arma::fill::ones));
  const Var in = tape.variable(x);
  const Var weight = tape.variable(w);
  BOOST_CHECK_EXCEPTION(in * in, Error,
                        says("[matmul] b must have 2 rows to match a (3×2), got 3×2; the product "
                             "element by element is a % b"));
  BOOST_CHECK_EXCEPTION(linear(in, square), Error,
                        says("[linear] W must have 3 columns to match x (3×2), got 2×2"));
  BOOST_CHECK_EXCEPTION(linear(in, square, square), Error,
                        says("[linear] W must have 3 columns to match x (3×2), got 2×2"));
  BOOST_CHECK_EXCEPTION(linear(in, weight, square), Error,
                        says("[linear] b must be 2×1 to match W (2×3), got 2×2"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
