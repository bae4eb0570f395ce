// Sums, means and broadcasting against loops in long double, in both bodies, for any matrix.
#include "properties.hpp"

#include <limits>

#include "bodies.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

constexpr int most = wide ? 100 : 90;

Drawn any_matrix() {
  const int rows = *size_up_to(70), cols = *size_up_to(70);
  return draw(static_cast<Index>(rows), static_cast<Index>(cols), denormal, most);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(reductions) {
  holds("sum and mean over all, rows and columns", [] {
    const Drawn drawn = any_matrix();
    const Matrix x = drawn.matrix();
    const Over over = *rc::gen::element(Over::all, Over::rows, Over::columns);
    const Index rows = over == Over::columns ? x.n_rows : 1;
    const Index cols = over == Over::rows ? x.n_cols : 1;
    std::vector<long double> sums(rows * cols), sizes = sums;
    for (Index i = 0; i < x.n_rows; ++i) {
      for (Index j = 0; j < x.n_cols; ++j) {
        sums[i % rows + j % cols * rows] += x(i, j);
        sizes[i % rows + j % cols * rows] += std::abs(x(i, j));
      }
    }
    const double n = static_cast<double>(x.n_elem / sums.size());
    for (const Kernels which : {Kernels::plain, Kernels::fast}) {
      const Matrix sum_y = run_body(which, [&](auto in) { return sum(in[0], over); }, {x}).y;
      const Matrix mean_y = run_body(which, [&](auto in) { return mean(in[0], over); }, {x}).y;
      RC_ASSERT(sum_y.n_elem == sums.size());
      for (Index i = 0; i < sums.size(); ++i) {
        // Two roundings, one of them of a number that may be denormal; n where sums are in Scalar.
        const double smallest = static_cast<double>(std::numeric_limits<Scalar>::denorm_min());
        const double rounding = n * unit * double(sizes[i]) + smallest;
        near("sum", double(sum_y(i)), double(sums[i]), rounding, drawn);
        near("mean", double(mean_y(i)), double(sums[i]) / n, rounding / n + smallest, drawn);
      }
    }
  });
}

// a with b of its shape, of one column, one row, or one entry, on either side.
BOOST_AUTO_TEST_CASE(broadcasting) {
  holds("a + b and a ⊙ b, and the sums that go back to b", [] {
    const Drawn drawn = any_matrix();
    const Matrix a = drawn.matrix();
    const Index rows = *rc::gen::element(Index{1}, a.n_rows);
    const Index cols = *rc::gen::element(Index{1}, a.n_cols);
    const Matrix b = draw(rows, cols, -9, 10).matrix();
    const bool times = *rc::gen::arbitrary<bool>(), swapped = *rc::gen::arbitrary<bool>();
    for (const Kernels which : {Kernels::plain, Kernels::fast}) {
      const auto op = [&](std::span<const Var> in) {
        const Var &left = in[swapped ? 1 : 0], &right = in[swapped ? 0 : 1];
        return times ? left % right : left + right;
      };
      const Results results = run_body(which, op, {a, b});
      std::vector<long double> db(rows * cols), sizes = db;
      for (Index i = 0; i < a.n_rows; ++i) {
        for (Index j = 0; j < a.n_cols; ++j) {
          const Scalar with = b(i % rows, j % cols);
          RC_ASSERT(results.y(i, j) == (times ? a(i, j) * with : a(i, j) + with));
          const long double part =
              static_cast<long double>(results.dy(i, j)) * (times ? a(i, j) : 1);
          db[i % rows + j % cols * rows] += part;
          sizes[i % rows + j % cols * rows] += std::abs(part);
        }
      }
      const double n = static_cast<double>(a.n_elem / b.n_elem);
      for (Index i = 0; i < b.n_elem; ++i) {
        const double smallest = static_cast<double>(std::numeric_limits<Scalar>::denorm_min());
        near("db", double(results.gradients[1](i)), double(db[i]),
             (n + 1) * (unit * double(sizes[i]) + smallest), drawn);
      }
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
