#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::batch_norm_task {

Matrix affine(const Matrix& xhat, const Matrix& gamma, const Matrix& beta) {
  const Matrix scaled = xhat.each_col() % gamma;
  return scaled.each_col() + beta;
}

struct Drawn {
  Matrix x, gamma, beta;
};

Drawn draw_inputs(Random& random) {
  const Index features = between(random, 3, 6);
  const Index samples = between(random, 7, 12);
  return {draw(random, features, samples), random.uniform(features, 1, 0.5, 2),
          random.normal(features, 1)};
}

Matrix student_norm(const Matrix& x, const Matrix& gamma, const Matrix& beta, double eps) {
  return written<decltype(batch_norm)>("batch_norm")(x, gamma, beta, eps);
}

std::string normalizes(Random& random) {
  const Matrix x = draw_inputs(random).x;
  const Index features = x.n_rows;
  const Matrix one(features, 1, arma::fill::ones);
  const Matrix zero(features, 1, arma::fill::zeros);
  const Matrix got = student_norm(x, one, zero, 0);
  const Matrix right = normalized(x, 1, x.n_cols, 0);
  const Matrix by_column = normalized(x, features, 1, 0);
  const Matrix whole = normalized(x, features, x.n_cols, 0);
  const Matrix unbiased = normalized(x, 1, x.n_cols, 0, false, 1);
  const Matrix centered = x.each_col() - arma::mean(x, 1);
  const Matrix by_variance = centered.each_col() / arma::var(x, 1, 1);
  const Matrix not_centered = x.each_col() / arma::stddev(x, 1, 1);
  const double n = static_cast<double>(x.n_cols);
  return judge(
      "y", got, right,
      {{by_column,
        fmt::format("you normalize each column (that is LayerNorm): mean of row 0 = {}, it should "
                    "be 0. A feature is a row",
                    number(arma::mean(by_column.row(0))))},
       {whole, fmt::format("you take one mean and one variance for the whole matrix: mean of row 0 "
                           "= {}, it should be 0",
                           number(arma::mean(whole.row(0))))},
       {unbiased,
        fmt::format("your variance divides by n − 1: mean(y²) = {} in row 0, it should be "
                    "1. BatchNorm divides by n = {}",
                    number((n - 1) / n), n)},
       {by_variance,
        fmt::format("you divide by the variance, not by its root: mean(y²) = {} in row "
                    "0, it should be 1",
                    number(arma::mean(arma::square(by_variance.row(0)))))},
       {centered, fmt::format("you subtract the mean and do not divide: mean(y²) = {} in row 0, it "
                              "should be 1",
                              number(arma::mean(arma::square(centered.row(0)))))},
       {not_centered,
        fmt::format("the mean is still there: mean of row 0 of y = {}, it should be 0",
                    number(arma::mean(not_centered.row(0))))},
       {normalized(x, 1, x.n_cols, 0, true),
        fmt::format("you divide by the root mean square and leave the mean in (that is RMSNorm): "
                    "mean of row 0 of y = {}",
                    number(arma::mean(normalized(x, 1, x.n_cols, 0, true).row(0))))}},
      {{"x", x}});
}

std::string gamma_and_beta(Random& random) {
  const auto [x, gamma, beta] = draw_inputs(random);
  const Matrix got = student_norm(x, gamma, beta, 1e-5);
  const Matrix xhat = normalized(x, 1, x.n_cols, 1e-5);
  const Matrix zero(gamma.n_rows, 1, arma::fill::zeros);
  const Matrix beta_first = (Matrix(xhat.each_col() + beta)).each_col() % gamma;
  return judge(
      "y", got, affine(xhat, gamma, beta),
      {{xhat, fmt::format("gamma and beta have no effect: y(0, 0) = {} with gamma = {} as "
                          "with gamma = 1",
                          number(got(0)), number(gamma(0)))},
       {affine(xhat, gamma, zero),
        fmt::format("beta is missing: mean of row 0 = 0, it should be beta(0) = {}",
                    number(beta(0)))},
       {Matrix(xhat.each_col() + beta),
        fmt::format("gamma is missing: row 0 has a spread of 1, it should have gamma(0) = {}",
                    number(gamma(0)))},
       {beta_first, fmt::format("you add beta before gamma scales: mean of row 0 = {}, it "
                                "should be beta(0) = {}",
                                number(gamma(0) * beta(0)), number(beta(0)))},
       {affine(xhat, gamma + 1, beta),
        fmt::format("you scale by 1 + gamma: row 0 has a spread of {}, it should have {}",
                    number(1 + gamma(0)), number(gamma(0)))}});
}

std::string eps_inside(Random& random) {
  auto [x, gamma, beta] = draw_inputs(random);
  const double eps = 0.1 + random.uniform();
  const Matrix got = student_norm(x, gamma, beta, eps);
  const Matrix centered = x.each_col() - arma::mean(x, 1);
  const Matrix outside = centered.each_col() / (arma::stddev(x, 1, 1) + eps);
  const Matrix none = normalized(x, 1, x.n_cols, 0);
  const Matrix squared = normalized(x, 1, x.n_cols, eps * eps);
  const double here = arma::stddev(outside.row(0), 1);
  const double should = arma::stddev(normalized(x, 1, x.n_cols, eps).row(0), 1);
  return judge(
      "y", got, affine(normalized(x, 1, x.n_cols, eps), gamma, beta),
      {{affine(outside, gamma, beta),
        fmt::format(
            "eps stands outside the root: with eps = {} row 0 of xhat has a spread of {}, it "
            "should have {}: √(variance + eps)",
            number(eps), number(here), number(should))},
       {affine(none, gamma, beta),
        fmt::format("eps has no effect: with eps = {} row 0 of xhat has a "
                    "spread of 1, it should have {}",
                    number(eps), number(should))},
       {affine(squared, gamma, beta),
        fmt::format("you add eps² to the variance: with eps = {} row 0 of xhat has a spread of {}, "
                    "it should have {}",
                    number(eps), number(arma::stddev(squared.row(0), 1)), number(should))}});
}

std::string large_mean(Random& random) {
  auto [x, gamma, beta] = draw_inputs(random);
  const Matrix far = x + 1e8 * (1 + random.uniform());
  const Matrix got = student_norm(far, gamma, beta, 1e-5);
  const Matrix right = affine(normalized(far, 1, x.n_cols, 1e-5), gamma, beta);
  const double error = got.has_nonfinite() || arma::size(got) != arma::size(right)
                           ? arma::datum::inf
                           : arma::abs(got - right).max();
  if (error < 1e-5) return "";
  return fmt::format("with a mean of {} and a spread of 1 your y is off by {}{}", number(far(0)),
                     number(error),
                     ": mean(x²) − mean(x)² is the difference of two huge numbers; subtract the "
                     "mean before you square");
}

std::string constant_feature(Random& random) {
  auto [x, gamma, beta] = draw_inputs(random);
  x.row(1).fill(random.normal());
  const Matrix got = student_norm(x, gamma, beta, 1e-5);
  if (arma::size(got) == arma::size(x) && !got.row(1).is_finite()) {
    return fmt::format(
        "a feature that is the same in every sample makes {} in row 1, it should be "
        "beta = {}: without eps this divides 0 by 0",
        got(1, 0), number(beta(1)));
  }
  return judge("y", got, affine(normalized(x, 1, x.n_cols, 1e-5), gamma, beta));
}

const bool added = add_exercise("04_batch_norm_forward",
                                {{4, "mean 0 and variance 1, over the right axis", normalizes},
                                 {2, "gamma and beta", gamma_and_beta},
                                 {2, "eps", eps_inside},
                                 {1, "a large mean", large_mean},
                                 {1, "a constant feature", constant_feature}});

}  // namespace exercises::batch_norm_task
