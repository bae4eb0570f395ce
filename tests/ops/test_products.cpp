// The library of matrix products against the sum that a product is, in both precisions: a BLAS that
// is older than the processor may compute wrong results for some shapes.

#include <boost/test/unit_test.hpp>

#include <vector>

#include "evenkeel/base/error.hpp"
#include "evenkeel/core/random.hpp"
#include "kernels/blas.hpp"
#include "says.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(products)

namespace {

// Whole numbers, so that every sum is exact. Columns are `longer` than their rows.
std::vector<Scalar> whole_numbers(Index rows, Index cols, Index longer, Random& random) {
  std::vector<Scalar> entries((rows + longer) * cols);
  for (Scalar& entry : entries) entry = static_cast<Scalar>(random.below(9)) - 4;
  return entries;
}

Scalar entry(const blas::Part& part, Index i, Index j) {
  return part.first[part.transposed ? i * part.stride + j : j * part.stride + i];
}

struct Product {
  Index m, n, k;
  bool a_transposed, b_transposed;
  Index longer;  // than a column must be
};

// c = 2 a b + beta c, entry by entry; what lies between the columns of c must stay.
void check_product(const Product& p, Scalar beta, Random& random) {
  const Index rows_a = p.a_transposed ? p.k : p.m, cols_a = p.a_transposed ? p.m : p.k;
  const Index rows_b = p.b_transposed ? p.n : p.k, cols_b = p.b_transposed ? p.k : p.n;
  const std::vector<Scalar> a = whole_numbers(rows_a, cols_a, p.longer, random);
  const std::vector<Scalar> b = whole_numbers(rows_b, cols_b, p.longer, random);
  const std::vector<Scalar> before = whole_numbers(p.m, p.n, p.longer, random);
  const blas::Part part_a{a.data(), rows_a + p.longer, p.a_transposed};
  const blas::Part part_b{b.data(), rows_b + p.longer, p.b_transposed};
  const Index stride = p.m + p.longer;
  std::vector<Scalar> c = before;
  blas::gemm(p.m, p.n, p.k, 2, part_a, part_b, beta, c.data(), stride);
  std::vector<Scalar> expected = before;
  for (Index j = 0; j < p.n; ++j) {
    for (Index i = 0; i < p.m; ++i) {
      Scalar sum = 0;
      for (Index l = 0; l < p.k; ++l) sum += entry(part_a, i, l) * entry(part_b, l, j);
      expected[j * stride + i] = 2 * sum + beta * before[j * stride + i];
    }
  }
  BOOST_TEST(c == expected, "a product " << p.m << "×" << p.k << "×" << p.n << " is wrong, forms "
                                         << p.a_transposed << p.b_transposed << ", beta " << beta
                                         << ", columns " << p.longer << " longer");
}

}  // namespace

// Around the widths of vectors, tiles and blocks, and sizes that are in use.
BOOST_AUTO_TEST_CASE(entries_are_their_sums) {
  Random random(1);
  const std::vector<Index> sizes = {1, 2, 3, 5, 8, 16, 17, 33, 65, 100};
  for (const Index m : sizes) {
    for (const Index n : sizes) {
      for (const Index k : sizes) {
        const int form = static_cast<int>(random.below(4));
        const Index longer = random.below(2) * 7;
        check_product({m, n, k, form % 2 == 1, form / 2 == 1, longer},
                      static_cast<Scalar>(random.below(2)), random);
      }
    }
  }
}

// Beyond one block of a kernel, and longer than any in each direction.
BOOST_AUTO_TEST_CASE(large_ones_too) {
  Random random(2);
  const Index sizes[][3] = {{64, 64, 64},  {192, 200, 64}, {65, 256, 128}, {256, 40, 300},
                            {1030, 9, 33}, {9, 1030, 33},  {9, 33, 1030}};
  for (const auto& [m, n, k] : sizes) {
    for (const int form : {0, 1, 2, 3}) {
      check_product({m, n, k, form % 2 == 1, form / 2 == 1, 0}, 0, random);
      check_product({m, n, k, form % 2 == 1, form / 2 == 1, 3}, 1, random);
    }
  }
}

// A library that is wrong in the last column of one form only, as some are, is refused at once.
BOOST_AUTO_TEST_CASE(a_library_that_is_wrong_is_refused) {
  for (const int wrong_form : {0, 1, 2, 3}) {
    const auto wrong = [=](Index m, Index n, Index k, Scalar alpha, blas::Part a, blas::Part b,
                           Scalar beta, Scalar* c, Index stride) {
      blas::gemm(m, n, k, alpha, a, b, beta, c, stride);
      if (a.transposed + 2 * b.transposed == wrong_form && n > 60) c[(n - 1) * stride] += 1;
    };
    BOOST_CHECK_EXCEPTION(blas::require_right(wrong), Error,
                          says("[blas] the library of matrix products (BLAS) computes wrong"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
