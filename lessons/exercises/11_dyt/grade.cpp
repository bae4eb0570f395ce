#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::dyt_task {

struct Drawn {
  Matrix x, gamma, beta, dy;
  double alpha = 0;
};

Drawn draw_inputs(Random& random) {
  const Index features = between(random, 3, 6);
  const Index samples = between(random, 7, 12);
  return {draw(random, features, samples), random.uniform(features, 1, 1.5, 3),
          random.normal(features, 1), draw(random, features, samples),
          0.3 + 0.4 * random.uniform()};
}

Matrix by_rows(const Matrix& m, const Matrix& gamma) {
  return m.each_col() % gamma;
}

std::string forward(Random& random) {
  const auto [x, gamma, beta, dy, alpha] = draw_inputs(random);
  const Matrix got = written<decltype(dyt)>("dyt")(x, alpha, gamma, beta);
  const Matrix t = arma::tanh(alpha * x);
  const auto affine = [&gamma = gamma, &beta = beta](const Matrix& inner) {
    return Matrix(by_rows(inner, gamma).each_col() + beta);
  };
  return judge(
      "y", got, affine(t),
      {{affine(arma::tanh(x)), fmt::format("alpha has no effect, it is {}: tanh(x(0, 0)) = {}, it "
                                           "should be tanh(alpha x) = {}",
                                           number(alpha), number(std::tanh(x(0))), number(t(0)))},
       {affine(alpha * arma::tanh(x)),
        "alpha stands outside of tanh: the bound would be alpha, it "
        "should be 1"},
       {by_rows(t, gamma), fmt::format("beta is missing, {} in row 0", number(beta(0)))},
       {t.each_col() + beta, fmt::format("gamma is missing, {} in row 0", number(gamma(0)))},
       {t, "gamma and beta have no effect"},
       {affine(alpha * x), fmt::format("there is no tanh: y is not bounded, {} at (0, 0)",
                                       number(affine(alpha * x)(0)))},
       {affine(arma::tanh(alpha * normalized(x, x.n_rows, 1, 1e-5))),
        "you normalize first: DyT has no statistics"},
       {arma::tanh(affine(alpha * x)), "gamma and beta stand inside of tanh, they belong outside"}},
      {{"x", x}});
}

std::string backward(Random& random, std::string_view which) {
  const auto [x, gamma, beta, dy, alpha] = draw_inputs(random);
  const DytGradients got = written<decltype(dyt_backward)>("dyt_backward")(x, alpha, gamma, dy);
  const Matrix t = arma::tanh(alpha * x);
  const Matrix slope = 1 - arma::square(t);
  const Matrix dz = by_rows(dy, gamma) % slope;
  if (which == "dbeta") {
    return judge(
        "dbeta", got.dbeta, arma::sum(dy, 1),
        {{dy, fmt::format("your dbeta is not summed over the samples: it is {}, and should be "
                          "{}×1",
                          shape(dy), x.n_rows)},
         {by_rows(arma::sum(dy, 1), gamma),
          "your dbeta has a factor gamma; beta is added "
          "behind gamma"}});
  }
  if (which == "dgamma") {
    return judge(
        "dgamma", got.dgamma, arma::sum(dy % t, 1),
        {{dy % t, fmt::format("your dgamma is not summed over the samples: it is {}, and "
                              "should be {}×1",
                              shape(dy), x.n_rows)},
         {arma::sum(dy % x, 1), fmt::format("your dgamma multiplies dy by x, and gamma "
                                            "multiplied tanh(alpha x): {} in row 0, it should "
                                            "be {}",
                                            number(arma::accu(dy.row(0) % x.row(0))),
                                            number(arma::accu(dy.row(0) % t.row(0))))},
         {arma::sum(dy % slope, 1),
          "your dgamma has the slope of tanh; gamma multiplies "
          "tanh itself"}});
  }
  if (which == "dalpha") {
    const auto n = static_cast<double>(x.n_elem);
    return judge(
        "dalpha", got.dalpha, arma::accu(dz % x),
        {{arma::accu(dz), "the factor x is missing: z = alpha x, by alpha"},
         {arma::accu(dz % x) / n, fmt::format("that is the mean; alpha was used {} times, and "
                                              "each use adds",
                                              n)},
         {arma::accu(by_rows(dy, gamma) % x), "the slope 1 − tanh² is missing"},
         {arma::accu(dy % slope % x), "gamma is missing"},
         {arma::accu(dz % x) * alpha, "a factor alpha too many"},
         {arma::accu((dz % x).eval().row(0)), "that is the sum of row 0 only"},
         {0, "it is 0: alpha would never learn"}});
  }
  const Matrix no_slope = alpha * by_rows(dy, gamma);
  return judge(
      "dx", got.dx, alpha * dz,
      {{dz,
        fmt::format("your dx lacks the factor alpha = {}: the inner derivative of tanh(alpha x)",
                    number(alpha))},
       {no_slope,
        fmt::format("your dx lacks the slope of tanh, 1 − t²: at (0, 0) it is {}, it should "
                    "be {}",
                    number(no_slope(0)), number(alpha * dz(0)))},
       {alpha * slope % dy, fmt::format("your dx lacks gamma, {} in row 0", number(gamma(0)))},
       {alpha * by_rows(dy, gamma) % (1 - t), "your slope is 1 − t; it should be 1 − t²"},
       {alpha * by_rows(dy, gamma) % (1 - arma::square(arma::tanh(x))),
        "your slope is taken at x, not at alpha x"},
       {normalized_dx(x, by_rows(dy, gamma), x.n_rows, 1, 1e-5),
        "your dx is LayerNorm's; DyT looks at one entry at a time"}},
      {{"dy", dy}});
}

const bool added =
    add_exercise("11_dyt", {{3, "y", forward},
                            {3, "dx", [](Random& r) { return backward(r, "dx"); }},
                            {2, "dalpha", [](Random& r) { return backward(r, "dalpha"); }},
                            {1, "dgamma", [](Random& r) { return backward(r, "dgamma"); }},
                            {1, "dbeta", [](Random& r) { return backward(r, "dbeta"); }}});

}  // namespace exercises::dyt_task
