#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::broadcast_task {

std::string test(Random& random, bool one_row, bool one_col) {
  const Index rows = between(random, 2, 6);
  const Index cols = between(random, 7, 11);
  const Matrix dy = draw(random, rows, cols);
  Matrix right = dy;
  if (one_row) right = Matrix(arma::sum(right, 0));
  if (one_col) right = Matrix(arma::sum(right, 1));
  const Matrix got =
      written<decltype(broadcast_gradient)>("broadcast_gradient")(dy, right.n_rows, right.n_cols);

  const double copies = static_cast<double>(dy.n_elem) / static_cast<double>(right.n_elem);
  const Matrix first = dy.submat(0, 0, right.n_rows - 1, right.n_cols - 1);
  return judge(
      "db", got, right,
      {{right / copies,
        fmt::format("your db is the mean of {} copies; every copy adds to the loss, so it "
                    "is their sum, {} times as much",
                    copies, copies)},
       {first, fmt::format("your db looks at the first of the {} copies only: {} at (0, 0), "
                           "the copies together have {}",
                           copies, number(first(0)), number(right(0)))},
       {dy, fmt::format("your db is dy itself, {}; b is {}, and each of its entries was "
                        "used {} times",
                        shape(dy), shape(right), copies)},
       {Matrix(arma::size(right), arma::fill::value(arma::accu(dy))),
        fmt::format("every entry of your db has the sum of all of dy, {}; it should have "
                    "that of its own copies",
                    number(arma::accu(dy)))}});
}

const bool added =
    add_exercise("02_broadcast_gradient",
                 {{3, "b is a column", [](Random& r) { return test(r, false, true); }},
                  {3, "b is a row", [](Random& r) { return test(r, true, false); }},
                  {2, "b is a single number", [](Random& r) { return test(r, true, true); }},
                  {2, "b is as large as y", [](Random& r) { return test(r, false, false); }}});

}  // namespace exercises::broadcast_task
