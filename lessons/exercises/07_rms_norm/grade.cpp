#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::rms_norm_task {

struct Drawn {
  Matrix x, gamma, dy;
  double eps = 0;
};

Drawn draw_inputs(Random& random) {
  const Index features = between(random, 3, 6);
  const Index samples = between(random, 7, 12);
  return {draw(random, features, samples), random.uniform(features, 1, 1.5, 3),
          draw(random, features, samples), 0.1 + random.uniform()};
}

double mean_square(const Matrix& column) {
  return arma::mean(arma::vectorise(arma::square(column)));
}

std::string forward(Random& random) {
  const auto [x, gamma, dy, eps] = draw_inputs(random);
  const Matrix got = written<decltype(rms_norm)>("rms_norm")(x, gamma, eps);
  const Matrix squares = arma::mean(arma::square(x), 0);
  const Matrix rms = arma::sqrt(squares + eps);
  const auto scaled = [&gamma = gamma](const Matrix& xhat) {
    return Matrix(xhat.each_col() % gamma);
  };
  const Matrix outside = x.each_row() / (arma::sqrt(squares) + eps);
  const Matrix multiplied = x.each_row() % rms;
  const Matrix by_square = x.each_row() / (squares + eps);
  const Matrix length = x.each_row() / arma::sqrt(static_cast<double>(x.n_rows) * squares + eps);
  const Matrix xhat = x.each_row() / rms;
  const double root = std::sqrt(eps);
  const auto says = [&, eps = eps](const char* what, const Matrix& wrong) {
    return fmt::format("{}: mean(xhat²) = {} in column 0, it should be {} (1 but for eps = {})",
                       what, number(mean_square(wrong.col(0))), number(mean_square(xhat.col(0))),
                       number(eps));
  };
  return judge(
      "y", got, scaled(xhat),
      {{scaled(outside), says("eps stands outside the root", outside)},
       {scaled(multiplied), says("you multiply by the root mean square (or divide by its "
                                 "reciprocal)",
                                 multiplied)},
       {scaled(by_square), says("you divide by the mean square, without its root", by_square)},
       {scaled(length), says("you divide by the length of the column, √Σx², not by the root of the "
                             "mean",
                             length)},
       {scaled(normalized(x, x.n_rows, 1, eps)),
        fmt::format("you subtract the mean (that is LayerNorm): mean of column 0 of xhat = 0, and "
                    "RMSNorm leaves {}",
                    number(arma::mean(xhat.col(0))))},
       {scaled(normalized(x, 1, x.n_cols, eps, true)),
        says("your mean runs along the rows, over samples that do not see each other",
             normalized(x, 1, x.n_cols, eps, true))},
       {scaled(x.each_row() / arma::sqrt(squares)),
        says("eps has no effect", Matrix(x.each_row() / arma::sqrt(squares)))},
       {scaled(x / std::sqrt(mean_square(x) + eps)),
        says("you take one mean for the whole matrix",
             Matrix(x / std::sqrt(mean_square(x) + eps)))},
       {xhat, fmt::format("gamma is missing: row 0 is {} times too small", number(gamma(0)))},
       {xhat.each_col() % (gamma + 1),
        fmt::format("you scale by 1 + gamma: row 0 is multiplied by {}, "
                    "it should be by {}",
                    number(1 + gamma(0)), number(gamma(0)))},
       {scaled(x / root), "you divide by √eps alone"}},
      {{"x", x}});
}

std::string backward(Random& random, bool want_dx) {
  const auto [x, gamma, dy, eps] = draw_inputs(random);
  const NormGradients got =
      written<decltype(rms_norm_backward)>("rms_norm_backward")(x, gamma, dy, eps);
  const Index n = x.n_rows;
  const Matrix xhat = normalized(x, n, 1, eps, true);
  const Matrix dgamma = arma::sum(dy % xhat, 1);
  if (!want_dx) {
    return judge(
        "dgamma", got.dgamma, dgamma,
        {{dy % xhat, fmt::format("your dgamma is not summed over the samples: it is {}, and "
                                 "should be {}×1",
                                 shape(dy), n)},
         {arma::sum(dy % x, 1),
          fmt::format("your dgamma multiplies dy by x, and gamma multiplied xhat: {} in row "
                      "0, it should be {}",
                      number(arma::accu(dy.row(0) % x.row(0))), number(dgamma(0)))},
         {arma::mean(dy % xhat, 1),
          fmt::format("your dgamma is the mean over {} samples; it is the sum", x.n_cols)}});
  }
  const Matrix dxhat = dy.each_col() % gamma;
  const Matrix right = normalized_dx(x, dxhat, n, 1, eps, true);
  const Matrix no_variance = normalized_dx(x, dxhat, n, 1, eps, true, {.variance = false});
  const Matrix rms = arma::sqrt(arma::mean(arma::square(x), 0) + eps);
  const Matrix along = xhat.each_row() % Matrix(arma::mean(dxhat % xhat, 0));
  const Matrix mean_too =
      (Matrix(dxhat.each_row() - arma::mean(dxhat, 0)) - along).eval().each_row() / rms;
  const Matrix summed = Matrix(dxhat - static_cast<double>(n) * along).each_row() / rms;
  const std::string should = number(arma::accu(right.col(0) % xhat.col(0)));
  return judge(
      "dx", got.dx, right,
      {{no_variance, "your dx takes the root mean square for a constant: " +
                         column_sum("dx ⊙ xhat", no_variance % xhat) +
                         "; a longer x changes nothing, so it should be nearly 0 (" + should +
                         " in column 0, for eps)"},
       {mean_too, "your dx has a mean term, as LayerNorm's: " + column_sum("dx", mean_too) +
                      ". RMSNorm subtracts no mean, so nothing takes it back: Σdx should be " +
                      number(arma::accu(right.col(0))) + " in column 0"},
       {normalized_dx(x, dxhat, n, 1, eps),
        "your dx is LayerNorm's: " + column_sum("dx", normalized_dx(x, dxhat, n, 1, eps)) +
            ", it should be " + number(arma::accu(right.col(0))) + " in column 0"},
       {summed, fmt::format("your variance term is a sum down the column; it should be a mean, {} "
                            "times smaller",
                            n)},
       {normalized_dx(x, dy, n, 1, eps, true),
        fmt::format(
            "your dx lacks gamma, {} for row 0: it stands within the mean too, so no factor "
            "mends it afterwards",
            number(gamma(0)))},
       {normalized_dx(x, dy, n, 1, eps, true).each_col() % gamma,
        "your dx applies gamma at the end; it belongs to dy at the start, within mean(dxhat ⊙ "
        "xhat): " +
            column_sum("dx ⊙ xhat",
                       Matrix(normalized_dx(x, dy, n, 1, eps, true).each_col() % gamma) % xhat)},
       {right.each_row() % rms, fmt::format("your dx is not divided by the root mean square, {} in "
                                            "column 0",
                                            number(rms(0)))}},
      {{"dy", dy}});
}

const bool added =
    add_exercise("07_rms_norm", {{4, "y", forward},
                                 {2, "dgamma", [](Random& r) { return backward(r, false); }},
                                 {4, "dx", [](Random& r) { return backward(r, true); }}});

}  // namespace exercises::rms_norm_task
