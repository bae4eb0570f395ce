#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::batch_norm_backward_task {

struct Drawn {
  Matrix x, gamma, dy;
  double eps = 0;
  NormGradients got;
};

Drawn draw_and_call(Random& random) {
  const Index features = between(random, 3, 6);
  const Index samples = between(random, 7, 12);
  Drawn in{draw(random, features, samples),
           random.uniform(features, 1, 1.5, 3),
           draw(random, features, samples),
           0.01 + 0.1 * random.uniform(),
           {}};
  in.got =
      written<decltype(batch_norm_backward)>("batch_norm_backward")(in.x, in.gamma, in.dy, in.eps);
  return in;
}

// xhat and 1/√(variance + eps) of each row as a wrong formula makes them.
struct Statistics {
  Matrix xhat, rstd;
};

Statistics statistics(const Drawn& in, bool n_minus_1, bool eps_outside) {
  const Matrix centered = in.x.each_col() - arma::mean(in.x, 1);
  const Matrix variance = arma::var(in.x, n_minus_1 ? 0 : 1, 1);
  const Matrix rstd = eps_outside ? Matrix(1 / (arma::sqrt(variance) + in.eps))
                                  : Matrix(1 / arma::sqrt(variance + in.eps));
  return {centered.each_col() % rstd, rstd};
}

// rstd ⊙ (dxhat − mean(dxhat) − xhat ⊙ mean(product)), both sums divided by n − fewer.
Matrix dx_from(const Statistics& s, const Matrix& dxhat, const Matrix& product, double fewer = 0) {
  const double n = static_cast<double>(dxhat.n_cols) - fewer;
  const Matrix mean = arma::sum(dxhat, 1) / n;
  const Matrix mean_product = arma::sum(product, 1) / n;
  const Matrix centered = dxhat.each_col() - mean;
  const Matrix difference = centered - s.xhat.each_col() % mean_product;
  return difference.each_col() % s.rstd;
}

std::string outside_root(const Drawn& in) {
  return fmt::format("eps ({}) stands outside the root; it should be 1/√(variance + eps)",
                     number(in.eps));
}

std::string dbeta(Random& random) {
  const Drawn in = draw_and_call(random);
  const Matrix right = arma::sum(in.dy, 1);
  const double n = static_cast<double>(in.x.n_cols);
  return judge(
      "dbeta", in.got.dbeta, right,
      {{right / n, fmt::format("your dbeta is the mean over {} samples; every sample adds "
                               "to the loss, so it is the sum",
                               n)},
       {in.got.dx.is_empty() ? Matrix{} : Matrix(arma::sum(in.got.dx, 1)),
        fmt::format("your dbeta adds up dx, which is 0 along each row; it is the sum of dy, "
                    "{} in row 0",
                    number(right(0)))},
       {in.dy, fmt::format("your dbeta is not summed: it is dy, {}, and should be {}×1",
                           shape(in.dy), in.x.n_rows)},
       {right % in.gamma, fmt::format("your dbeta has a factor gamma ({} in row 0); beta is "
                                      "added behind gamma",
                                      number(in.gamma(0)))},
       {arma::sum(in.dy, 0), fmt::format("your dbeta is 1×{}, summed over the features of a "
                                         "sample; it should be {}×1",
                                         in.x.n_cols, in.x.n_rows)}});
}

std::string dgamma(Random& random) {
  const Drawn in = draw_and_call(random);
  const Matrix xhat = normalized(in.x, 1, in.x.n_cols, in.eps);
  const Matrix right = arma::sum(in.dy % xhat, 1);
  const double n = static_cast<double>(in.x.n_cols);
  const Matrix with_x = arma::sum(in.dy % in.x, 1);
  return judge(
      "dgamma", in.got.dgamma, right,
      {{right / n, fmt::format("your dgamma is the mean over {} samples; it is the sum", n)},
       {in.dy % xhat,
        fmt::format("your dgamma is not summed: it is {}, and should be {}×1, one for "
                    "each feature",
                    shape(in.dy), in.x.n_rows)},
       {with_x,
        fmt::format("your dgamma multiplies dy by x, and gamma multiplied xhat: {} in row 0, "
                    "it should be {}",
                    number(with_x(0)), number(right(0)))},
       {arma::sum(in.dy, 1), fmt::format("your dgamma lacks the factor xhat: it is Σdy = {} in row "
                                         "0, that is dbeta",
                                         number(arma::accu(in.dy.row(0))))},
       {arma::sum(in.dy % statistics(in, true, false).xhat, 1),
        fmt::format("the variance in your dgamma's xhat divides by n − 1; BatchNorm divides by n = "
                    "{}",
                    n)},
       {arma::sum(in.dy % statistics(in, false, true).xhat, 1),
        "in your dgamma's xhat " + outside_root(in)},
       {right % in.gamma,
        fmt::format("your dgamma has a factor gamma too many: {} in row 0", number(in.gamma(0)))}});
}

std::string dx(Random& random) {
  const Drawn in = draw_and_call(random);
  const Index n = in.x.n_cols;
  const Matrix dxhat = in.dy.each_col() % in.gamma;
  const Matrix xhat = normalized(in.x, 1, n, in.eps);
  const Matrix right = normalized_dx(in.x, dxhat, 1, n, in.eps);
  const auto dx_of = [&](Terms terms) {
    return normalized_dx(in.x, dxhat, 1, n, in.eps, false, terms);
  };
  const Matrix no_mean = dx_of({.mean = false});
  const Matrix no_variance = dx_of({.variance = false});
  const Matrix neither = dx_of({.mean = false, .variance = false});
  const Matrix no_gamma = normalized_dx(in.x, in.dy, 1, n, in.eps);
  const Matrix by_column = normalized_dx(in.x, dxhat, in.x.n_rows, 1, in.eps);
  const Matrix std_dev = arma::sqrt(arma::var(in.x, 1, 1) + in.eps);
  const Matrix no_rstd = right.each_col() % std_dev;
  const Matrix upside_down = no_rstd.each_col() % std_dev;
  const Matrix sums = neither - static_cast<double>(n) * (neither - right);
  const Statistics right_ones = statistics(in, false, false);
  const Statistics n_minus_1 = statistics(in, true, false);
  const Statistics outside = statistics(in, false, true);
  const Matrix means_n_minus_1 = dx_from(right_ones, dxhat, dxhat % xhat, 1);
  const Matrix inner_gamma = dx_from(right_ones, dxhat, in.dy % xhat);
  const auto dx_xhat = [&](const Matrix& d) { return row_sum("dx ⊙ xhat", d % xhat); };
  return judge(
      "dx", in.got.dx, right,
      {{no_mean, "your dx lacks the mean term: " + row_sum("dx", no_mean) + ", it should be 0"},
       {no_variance, "your dx lacks the variance term: " + dx_xhat(no_variance) +
                         ", it should be nearly 0 (" +
                         number(arma::accu(right.row(0) % xhat.row(0))) + " in row 0, for eps)"},
       {neither,
        fmt::format("your dx takes mean and variance for constants; both terms are missing: "
                    "{} and {}, they should be 0",
                    row_sum("dx", neither), dx_xhat(neither))},
       {no_gamma,
        fmt::format("your dx lacks gamma: in row 0 it is {} times too small", number(in.gamma(0)))},
       {no_rstd, fmt::format("your dx is not divided by √(variance + eps): in row 0 it is {} times "
                             "what it should be",
                             number(std_dev(0)))},
       {upside_down, fmt::format("your dx is multiplied by √(variance + eps) where it should be "
                                 "divided: in row 0 it is {} times what it should be",
                                 number(std_dev(0) * std_dev(0)))},
       {sums, fmt::format("your two terms are sums along the row; they should be means, {} times "
                          "smaller: {}, it should be 0",
                          n, row_sum("dx", sums))},
       {by_column, fmt::format("your means run down the columns (that is LayerNorm's dx): {}, it "
                               "should be 0 along each row",
                               row_sum("dx", by_column))},
       {inner_gamma,
        "the mean in your variance term lacks gamma: it takes dy ⊙ xhat, and should take "
        "dxhat ⊙ xhat; " +
            dx_xhat(inner_gamma) + ", it should be nearly 0"},
       {dx_from(n_minus_1, dxhat, dxhat % n_minus_1.xhat),
        fmt::format("the variance in your dx divides by n − 1; BatchNorm divides by n = {}", n)},
       {means_n_minus_1,
        fmt::format("your two means divide by n − 1, they should divide by n = {}: "
                    "{}, it should be 0",
                    n, row_sum("dx", means_n_minus_1))},
       {dx_from(outside, dxhat, dxhat % outside.xhat), "in your dx " + outside_root(in)},
       {normalized_dx(in.x, dxhat, 1, n, 0),
        fmt::format("your dx is right for eps = 0, and eps is {}: it belongs into rstd and xhat",
                    number(in.eps))}},
      {{"dy", in.dy}, {"x", in.x}});
}

const bool added = add_exercise("05_batch_norm_backward",
                                {{2, "dbeta", dbeta}, {2, "dgamma", dgamma}, {6, "dx", dx}});

}  // namespace exercises::batch_norm_backward_task
