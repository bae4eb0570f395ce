#include "evenkeel/ops/reduce.hpp"
#include "kernels/sums.hpp"
#include "support.hpp"

using namespace evenkeel_test;
using namespace evenkeel::kernels;

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(reduce)

namespace {

const Matrix x = Numbers{{1, 2, 3}, {4, 5, 9}};

void check(Var (*op)(Var, Over), Over over, const Numbers& value, const Numbers& dy,
           const Numbers& dx) {
  Tape tape;
  const Var in = tape.variable(x);
  const Var y = op(in, over);
  check_close(y.value(), value);
  tape.backward(y, dy);
  check_close(in.gradient(), dx);
}

}  // namespace

BOOST_AUTO_TEST_CASE(sums_by_hand) {
  check(sum, Over::all, {{24}}, {{2}}, {{2, 2, 2}, {2, 2, 2}});
  check(sum, Over::rows, {{5, 7, 12}}, {{1, 2, 3}}, {{1, 2, 3}, {1, 2, 3}});
  check(sum, Over::columns, {{6}, {18}}, {{1}, {2}}, {{1, 1, 1}, {2, 2, 2}});
}

BOOST_AUTO_TEST_CASE(means_by_hand) {
  check(mean, Over::all, {{4}}, {{6}}, {{1, 1, 1}, {1, 1, 1}});
  check(mean, Over::rows, {{2.5, 3.5, 6}}, {{1, 2, 3}}, {{0.5, 1, 1.5}, {0.5, 1, 1.5}});
  check(mean, Over::columns, {{2}, {6}}, {{3}, {6}}, {{1, 1, 1}, {2, 2, 2}});
}

BOOST_AUTO_TEST_CASE(all_is_the_default) {
  Tape tape;
  BOOST_TEST(sum(tape.constant(x)).value()(0, 0) == 24);
  BOOST_TEST(mean(tape.constant(x)).value()(0, 0) == 4);
}

// Lengths around every border: lanes (16), leaves (512), blocks (2^15), and with more than one
// tile of rows and one leaf of columns. The entries are whole numbers below 8, so sums are exact.
BOOST_AUTO_TEST_CASE(every_entry_counts_once) {
  for (const auto& [rows, cols] : std::vector<std::array<Index, 2>>{{1, 15},
                                                                    {15, 1},
                                                                    {16, 1},
                                                                    {17, 1},
                                                                    {512, 1},
                                                                    {513, 2},
                                                                    {1, 1030},
                                                                    {300, 17},
                                                                    {257, 33},
                                                                    {70000, 1},
                                                                    {1, 70000},
                                                                    {3, 40000},
                                                                    {600, 200},
                                                                    {40000, 3}}) {
    Matrix counted(rows, cols);
    for (Index i = 0; i < counted.n_elem; ++i) counted[i] = Scalar((i * 7 + i / 11) % 8);
    Matrix out;
    BOOST_TEST(sum_all(counted) == arma::accu(counted));
    sum_rows(counted, out);
    BOOST_TEST(same_bits(out, arma::sum(counted, 0)), rows << "×" << cols);
    sum_columns(counted, out);
    BOOST_TEST(same_bits(out, arma::sum(counted, 1)), rows << "×" << cols);
  }
}

// Pairing 2^20 terms rounds about 6 times in a lane's leaf (32 terms in sequence, which drift like
// √32), 4 in joining lanes and 11 in joining leaves: within 32 eps of Σ|x|. In sequence it would be
// off by some thousands of eps.
BOOST_AUTO_TEST_CASE(a_million_entries_in_float_too) {
  const Index n = 1 << 20;
  const Matrix tall = Random(3).uniform(n, 1, 0, 1);
  double exact = 0;
  double lost = 0;  // what each addition rounds away (Kahan, 1965)
  for (Scalar entry : tall) {
    const double next = exact + (entry - lost);
    lost = (next - exact) - (entry - lost);
    exact = next;
  }
  const double allowed = 32 * machine_epsilon * exact;
  const Matrix wide = tall.t();
  const Matrix two = arma::join_cols(wide, wide);
  Matrix out;
  BOOST_TEST(std::abs(sum_all(tall) - exact) <= allowed);
  sum_rows(tall, out);
  BOOST_TEST(std::abs(out[0] - exact) <= allowed);
  sum_columns(wide, out);
  BOOST_TEST(std::abs(out[0] - exact) <= allowed);
  sum_columns(two, out);
  BOOST_TEST(std::abs(out[0] - exact) <= allowed);
  BOOST_TEST(std::abs(out[1] - exact) <= allowed);
}

BOOST_AUTO_TEST_CASE(nothing_to_take_the_mean_of) {
  Tape tape;
  const Var empty = tape.variable(Matrix(3, 0));
  BOOST_CHECK_EXCEPTION(mean(empty), Error, says("[mean] x (3×0) has no entries"));
  BOOST_TEST(sum(empty).value()(0, 0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
