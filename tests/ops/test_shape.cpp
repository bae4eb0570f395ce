#include "evenkeel/ops/shape.hpp"
#include "support.hpp"

using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(shape)

namespace {

const Matrix x = Numbers{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};

void check(const std::function<Var(Var)>& f, const Numbers& value, const Numbers& dy,
           const Numbers& dx) {
  Tape tape;
  const Var in = tape.variable(x);
  const Var y = f(in);
  BOOST_TEST(same_bits(y.value(), value));
  tape.backward(y, dy);
  BOOST_TEST(same_bits(in.gradient(), dx));
}

}  // namespace

BOOST_AUTO_TEST_CASE(transpose_by_hand) {
  const Matrix turned = Numbers{{1, 5, 9}, {2, 6, 10}, {3, 7, 11}, {4, 8, 12}};
  check([](Var v) { return transpose(v); }, turned, turned * 2, x * 2);
}

BOOST_AUTO_TEST_CASE(slices_by_hand) {
  check([](Var v) { return slice_rows(v, 1, 2); }, {{5, 6, 7, 8}, {9, 10, 11, 12}},
        {{1, 2, 3, 4}, {5, 6, 7, 8}}, {{0, 0, 0, 0}, {1, 2, 3, 4}, {5, 6, 7, 8}});
  check([](Var v) { return slice_rows(v, 0, 3); }, x, x, x);
}

BOOST_AUTO_TEST_CASE(concatenate_by_hand) {
  Tape tape;
  const Var a = tape.variable(Numbers{{1, 2}, {3, 4}});
  const Var b = tape.constant(Numbers{{5, 6}});
  const Var below = concatenate_rows({a, b, a});
  BOOST_TEST(same_bits(below.value(), {{1, 2}, {3, 4}, {5, 6}, {1, 2}, {3, 4}}));
  tape.backward(below, Numbers{{1, 2}, {3, 4}, {5, 6}, {10, 20}, {30, 40}});
  BOOST_TEST(same_bits(a.gradient(), {{11, 22}, {33, 44}}));
  BOOST_TEST(!b.has_gradient());
}

BOOST_AUTO_TEST_CASE(reshape_reads_and_fills_down_the_columns) {
  const Matrix flat = Numbers{{1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12}};
  check([](Var v) { return reshape(v, 1, 12); }, flat, flat * 2, x * 2);
  check([](Var v) { return reshape(v, 6, 2); }, {{1, 3}, {5, 7}, {9, 11}, {2, 4}, {6, 8}, {10, 12}},
        {{1, 7}, {2, 8}, {3, 9}, {4, 10}, {5, 11}, {6, 12}},
        {{1, 4, 7, 10}, {2, 5, 8, 11}, {3, 6, 9, 12}});
}

BOOST_AUTO_TEST_CASE(gather_by_hand) {
  // column 2 twice: its gradients add up; column 1 never: zero
  check(
      [](Var v) {
        return gather(v, {2, 0, 2, 3});
      },
      {{3, 1, 3, 4}, {7, 5, 7, 8}, {11, 9, 11, 12}}, {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}},
      {{2, 0, 4, 4}, {6, 0, 12, 8}, {10, 0, 20, 12}});
  Tape tape;
  Parameter table(x, "embedding");
  tape.backward(gather(tape.parameter(table), {1}), Numbers{{1}, {2}, {3}});
  BOOST_TEST(same_bits(table.gradient, {{0, 1, 0, 0}, {0, 2, 0, 0}, {0, 3, 0, 0}}));
}

BOOST_AUTO_TEST_CASE(detach_stops_the_gradient) {
  Tape tape;
  const Var in = tape.variable(x);
  const Var copy = detach(in);
  BOOST_TEST(same_bits(copy.value(), x));
  BOOST_TEST(!copy.requires_grad());
  tape.backward(concatenate_rows({in, copy}), Matrix(6, 4, arma::fill::ones));
  BOOST_TEST(same_bits(in.gradient(), Matrix(3, 4, arma::fill::ones)));
  BOOST_TEST(!copy.has_gradient());
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var v = tape.variable(x);
  const Var narrow = tape.variable(Matrix(2, 3));
  BOOST_CHECK_EXCEPTION(slice_rows(v, 2, 2), Error,
                        says("[slice_rows] 2 of the rows from 2 on must lie in x (3×4), which has "
                             "3"));
  BOOST_CHECK_EXCEPTION(slice_rows(v, Index(-1), 2), Error, says("must lie in x (3×4)"));
  BOOST_CHECK_EXCEPTION(slice_rows(v, 1, 0), Error,
                        says("[slice_rows] must take at least one of the rows of x, got 0"));
  BOOST_CHECK_EXCEPTION(concatenate_rows({v, narrow}), Error,
                        says("[concatenate_rows] all must have 4 columns to match the first (3×4), "
                             "got 2×3"));
  BOOST_CHECK_EXCEPTION(concatenate_rows({}), Error,
                        says("[concatenate_rows] needs at least one input, got none"));
  BOOST_CHECK_EXCEPTION(reshape(v, 5, 2), Error,
                        says("[reshape] x (3×4) has 12 entries and cannot become 5×2"));
  BOOST_CHECK_EXCEPTION(gather(v, {0, 4}), Error,
                        says("[gather] columns[1] must be below 4 to match x (3×4), got 4"));
  BOOST_TEST(tape.size() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
