#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::softmax_task {

Matrix right_softmax(const Matrix& x) {
  const Matrix e = arma::exp(x.each_row() - arma::max(x, 0));
  return e.each_row() / arma::sum(e, 0);
}

Matrix drawn(Random& random) {
  return draw(random, between(random, 3, 6), between(random, 7, 9));
}

std::string forward(Random& random) {
  const Matrix x = drawn(random);
  const Matrix got = written<decltype(softmax)>("softmax")(x);
  const Matrix over_rows = right_softmax(x.t()).t();
  const Matrix e = arma::exp(x);
  return judge("y", got, right_softmax(x),
               {{over_rows, fmt::format("your rows add up to 1, your columns do not: Σy = {} in "
                                        "column 0. A sample is a column",
                                        number(arma::accu(over_rows.col(0))))},
                {e / arma::accu(e), fmt::format("your whole matrix adds up to 1: Σy = {} in column "
                                                "0, each column should have 1",
                                                number(arma::accu(e.col(0)) / arma::accu(e)))},
                {e, fmt::format("your y is not divided by its column's sum: Σy = {} in column 0",
                                number(arma::accu(e.col(0))))}},
               {{"x", x}});
}

std::string survives(Random& random) {
  const Matrix x = drawn(random) + 1000.0 + 1000 * random.uniform();
  const Matrix got = written<decltype(softmax)>("softmax")(x);
  const Matrix naive = arma::exp(x);
  if (got.has_nan() || got.is_zero()) {
    return fmt::format(
        "with entries around {} your y is NaN or 0: exp of that is infinite. "
        "Subtract the largest entry of the column first",
        number(x(0)));
  }
  return judge("y", got, right_softmax(x));
}

std::string backward(Random& random) {
  const Matrix y = right_softmax(drawn(random));
  const Matrix dy = draw(random, y.n_rows, y.n_cols);
  const Matrix got = written<decltype(softmax_backward)>("softmax_backward")(y, dy);
  const Matrix right = y % (dy.each_row() - arma::sum(y % dy, 0));
  const Matrix diagonal = y % (1 - y) % dy;
  const Matrix without_sum = y % dy;
  const Matrix over_rows = y % (dy.each_col() - arma::sum(y % dy, 1));
  const Matrix sum_of_dy = y % (dy.each_row() - arma::sum(dy, 0));
  const Matrix mean = y % (dy.each_row() - arma::mean(y % dy, 0));
  const char* zero = "it should be 0 in each, since Σy = 1 whatever x is";
  return judge(
      "dx", got, right,
      {{diagonal, fmt::format("your dx lets each x move its own y only, y (1 − y): {}, {}",
                              column_sum("dx", diagonal), zero)},
       {without_sum, fmt::format("your dx lacks the common term −y Σ y dy: {}, {}",
                                 column_sum("dx", without_sum), zero)},
       {dy.each_row() - arma::sum(y % dy, 0),
        fmt::format("your dx lacks the factor y: {}, {}",
                    column_sum("dx", Matrix(dy.each_row() - arma::sum(y % dy, 0))), zero)},
       {over_rows,
        fmt::format("your dx adds y dy along the rows, over samples that do not see each "
                    "other: {}, {}",
                    column_sum("dx", over_rows), zero)},
       {sum_of_dy, fmt::format("your sum lacks its weights, it is Σ y dy, not Σ dy: {}, {}",
                               column_sum("dx", sum_of_dy), zero)},
       {mean,
        fmt::format("your common term is a mean where it should be a sum, {} times too small: "
                    "{}, {}",
                    y.n_rows, column_sum("dx", mean), zero)}},
      {{"dy", dy}, {"y", y}});
}

const bool added =
    add_exercise("03_softmax_backward",
                 {{2, "y", forward}, {2, "y of large numbers", survives}, {6, "dx", backward}});

}  // namespace exercises::softmax_task
