#include "evenkeel/images/pool.hpp"

#include <boost/test/unit_test.hpp>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(images)
BOOST_AUTO_TEST_SUITE(pool)

// 1 5 | 2 2        the first of equal entries is the one that counts
// 3 0 | 2 2
BOOST_AUTO_TEST_CASE(by_hand) {
  Tape tape;
  const Var x = tape.variable(Matrix("1; 5; 2; 2; 3; 0; 2; 2"));
  const Var most = max_pool(x, {1, 2, 4}, 2);
  BOOST_TEST((most.value()[0] == 5 && most.value()[1] == 2));
  tape.backward(most, Matrix("10; 20"));
  BOOST_TEST((arma::approx_equal(x.gradient(), Matrix("0; 10; 20; 0; 0; 0; 0; 0"), "absdiff", 0)));
  const Var mean = average_pool(x, {1, 2, 4}, 2);
  BOOST_TEST((mean.value()[0] == Scalar(2.25) && mean.value()[1] == 2));
  tape.backward(mean, Matrix("4; 8"));
  BOOST_TEST((arma::approx_equal(x.gradient(), Matrix("1; 1; 2; 2; 1; 1; 2; 2"), "absdiff", 0)));
  BOOST_TEST(global_average_pool(x, {1, 2, 4}).value()[0] == Scalar(17.0 / 8));
}

BOOST_AUTO_TEST_CASE(gradients) {
  // Entries far apart, so that no small step changes which is the largest.
  Random random(5);
  Matrix x(2 * 4 * 6, 3);
  const std::vector<Index> order = random.permutation(x.n_elem);
  for (Index i = 0; i < x.n_elem; ++i) x[i] = static_cast<Scalar>(order[i]) / 8;
  const ImageShape in{2, 4, 6};
  for (auto f : {max_pool, average_pool}) {
    const GradientReport report =
        gradient_check([&](Tape&, std::span<const Var> v) { return f(v[0], in, 2); }, {x});
    BOOST_TEST(report.passed(), to_string(report));
  }
}

BOOST_AUTO_TEST_CASE(same_bits_for_any_number_of_threads) {
  const auto run = [](int threads) {
    set_num_threads(threads);
    Tape tape;
    const Var x = tape.variable(Random(6).normal(16 * 28 * 28, 20));
    const Var y = average_pool(max_pool(x, {16, 28, 28}, 2), {16, 14, 14}, 2);
    tape.backward(y, Random(7).normal(y.rows(), y.cols()));
    return Matrix(x.gradient());
  };
  const Matrix one = run(1);
  for (int threads : {2, 7}) BOOST_TEST((arma::approx_equal(one, run(threads), "absdiff", 0)));
  set_num_threads(0);
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var x = tape.constant(Matrix(12, 1, arma::fill::ones));
  BOOST_CHECK_EXCEPTION(max_pool(x, {1, 3, 3}, 2), Error,
                        says("[max_pool] x must have the 9 rows"));
  BOOST_CHECK_EXCEPTION(average_pool(x, {1, 3, 4}, 4), Error,
                        says("[average_pool] a window of 4×4 does not fit"));
  BOOST_CHECK_EXCEPTION(max_pool(x, {1, 3, 4}, 0), Error, says("[max_pool] window (0×0)"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
