#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::running_task {

Running drawn_running(Random& random, Index features) {
  return {random.normal(features, 1), random.uniform(features, 1, 0.5, 2)};
}

Matrix drawn_batch(Random& random) {
  return draw(random, between(random, 3, 6), between(random, 5, 9));
}

std::string update_mean(Random& random) {
  const Matrix x = drawn_batch(random);
  const Running before = drawn_running(random, x.n_rows);
  const double m = 0.05 + 0.2 * random.uniform();
  const Matrix got = written<decltype(update)>("update")(before, x, m).mean;
  const Matrix batch = arma::mean(x, 1);
  const Matrix right = (1 - m) * before.mean + m * batch;
  return judge(
      "running mean", got, right,
      {{m * before.mean + (1 - m) * batch,
        fmt::format("momentum is reversed: with {} the running mean goes {} % of the way to the "
                    "batch's, it should be {} %",
                    number(m), number(100 * (1 - m)), number(100 * m))},
       {before.mean,
        fmt::format("your running mean does not move: row 0 stays at {}, the batch has {}",
                    number(before.mean(0)), number(batch(0)))},
       {batch, fmt::format("your running mean is the batch's alone: it forgets {} in row 0",
                           number(before.mean(0)))},
       {before.mean + m * batch,
        "the old value is not scaled down by 1 − momentum: the running mean "
        "would grow with every batch, by " +
            number(m * before.mean(0)) + " too much in row 0 already"}});
}

std::string update_variance(Random& random) {
  const Matrix x = drawn_batch(random);
  const Running before = drawn_running(random, x.n_rows);
  const double m = 0.05 + 0.2 * random.uniform();
  const double n = static_cast<double>(x.n_cols);
  const Matrix got = written<decltype(update)>("update")(before, x, m).variance;
  const Matrix batch = arma::var(x, 0, 1);
  const auto step = [&](const Matrix& b) { return Matrix((1 - m) * before.variance + m * b); };
  return judge(
      "running variance", got, step(batch),
      {{step(arma::var(x, 1, 1)),
        fmt::format(
            "you remember the variance that divides by n = {}: a batch of variance {} in row "
            "0 counts as {}, too little by n/(n − 1) = {}",
            n, number(batch(0)), number(batch(0) * (n - 1) / n), number(n / (n - 1)))},
       {m * before.variance + (1 - m) * batch,
        fmt::format(
            "momentum is reversed: with {} the running variance goes {} % of the way to the "
            "batch's, it should be {} %",
            number(m), number(100 * (1 - m)), number(100 * m))},
       {step(arma::sqrt(batch)),
        fmt::format("you remember the standard deviation: the batch has {} in "
                    "row 0, its variance is {}",
                    number(std::sqrt(batch(0))), number(batch(0)))},
       {step(batch / n * (n - 1) / n * (n - 1)),
        "you correct by (n − 1)/n where it should be n/(n − 1)"},
       {before.variance, fmt::format("your running variance does not move: row 0 stays at {}, the "
                                     "batch has {}",
                                     number(before.variance(0)), number(batch(0)))}});
}

std::string evaluation(Random& random) {
  const Matrix x = drawn_batch(random);
  const Running running = drawn_running(random, x.n_rows);
  const double eps = 0.1 + random.uniform();
  const Matrix got = written<decltype(evaluate)>("evaluate")(running, x, eps);
  const Matrix centered = x.each_col() - running.mean;
  const Matrix right = centered.each_col() / arma::sqrt(running.variance + eps);
  return judge(
      "y", got, right,
      {{normalized(x, 1, x.n_cols, eps),
        fmt::format("you evaluate by the batch's own statistics: the mean of row 0 of y is 0, with "
                    "the running ones it is {}",
                    number(arma::mean(right.row(0))))},
       {centered.each_col() / (arma::sqrt(running.variance) + eps),
        fmt::format("eps stands outside the root: y(0, 0) = {}, it should be {}",
                    number(centered(0) / (std::sqrt(running.variance(0)) + eps)),
                    number(right(0)))},
       {centered.each_col() / (running.variance + eps),
        fmt::format("you divide by the variance, not by its root: y(0, 0) = {}, it should be {}",
                    number(centered(0) / (running.variance(0) + eps)), number(right(0)))},
       {x.each_col() / arma::sqrt(running.variance + eps),
        fmt::format("the running mean is not subtracted, {} in row 0", number(running.mean(0)))},
       {centered.each_col() / arma::sqrt(running.variance),
        fmt::format("eps has no effect: y(0, 0) = {}, it should be {}",
                    number(centered(0) / std::sqrt(running.variance(0))), number(right(0)))}},
      {{"x", x}});
}

std::string one_sample(Random& random) {
  const Matrix x = draw(random, between(random, 3, 6), 1);
  const Running running = drawn_running(random, x.n_rows);
  const Matrix got = written<decltype(evaluate)>("evaluate")(running, x, 1e-5);
  if (got.n_elem == x.n_elem && arma::abs(got).max() < 1e-9) {
    return "a single sample becomes 0: it is normalized by itself. In evaluation the batch has no "
           "say";
  }
  return judge("y", got, (x - running.mean) / arma::sqrt(running.variance + 1e-5));
}

std::string fresh(Random& random, bool want_mean) {
  const Index features = between(random, 3, 6);
  const Index samples = between(random, 4, 7);
  const auto count = static_cast<double>(between(random, 3, 6));
  const Matrix zero(features, 1, arma::fill::zeros);
  std::vector<Matrix> batches;
  Running right{zero, zero};
  Running average{zero, zero + 1};
  Matrix biased = zero;
  Matrix all;
  for (int k = 0; k < static_cast<int>(count); ++k) {
    const Matrix x = draw(random, features, samples) + k;
    batches.push_back(x);
    right.mean += arma::mean(x, 1) / count;
    right.variance += arma::var(x, 0, 1) / count;
    biased += arma::var(x, 1, 1) / count;
    average.mean = 0.9 * average.mean + 0.1 * Matrix(arma::mean(x, 1));
    average.variance = 0.9 * average.variance + 0.1 * Matrix(arma::var(x, 0, 1));
    all = arma::join_rows(all, x);
  }
  const Running got = written<decltype(recalibrate)>("recalibrate")(batches);
  const Matrix& first = batches.front();
  const Matrix& last = batches.back();
  const std::string only_first = fmt::format(
      "only the first of {} batches counts: is a weight a whole number, 1 / {} = 0?", count, count);
  const std::string one_after_another = fmt::format(
      "you average as training does, from 0 and 1 with momentum 0.1: after {} batches the "
      "start still counts {} %, it should count nothing",
      count, number(100 * std::pow(0.9, count)));
  const std::string only_last = fmt::format("only the last of {} batches counts", count);
  if (want_mean) {
    return judge(
        "mean", got.mean, right.mean,
        {{average.mean, one_after_another},
         {arma::mean(first, 1), only_first},
         {arma::mean(last, 1), only_last},
         {right.mean * count, fmt::format("your mean is the sum over {} batches", count)}});
  }
  return judge(
      "variance", got.variance, right.variance,
      {{average.variance, one_after_another},
       {arma::var(first, 0, 1), only_first},
       {arma::var(last, 0, 1), only_last},
       {right.variance + 1 / count, "your variance starts from 1 and adds to it"},
       {right.variance + 1,
        "your variance starts from 1 and adds to it: it should start "
        "from 0"},
       {biased,
        fmt::format("each batch's variance divides by n = {}: too little by "
                    "n/(n − 1) = {}",
                    samples,
                    number(static_cast<double>(samples) / static_cast<double>(samples - 1)))},
       {arma::var(all, 0, 1),
        fmt::format("you take the variance of all samples together, {} in row 0: that also "
                    "counts how far the batches' means lie apart; the mean of their "
                    "variances is {}",
                    number(Matrix(arma::var(all, 0, 1))(0)), number(right.variance(0)))}});
}

const bool added =
    add_exercise("08_running_statistics",
                 {{2, "update, the mean", update_mean},
                  {2, "update, the variance", update_variance},
                  {2, "evaluate", evaluation},
                  {1, "evaluate a single sample", one_sample},
                  {1, "recalibrate, the mean", [](Random& r) { return fresh(r, true); }},
                  {2, "recalibrate, the variance", [](Random& r) { return fresh(r, false); }}});

}  // namespace exercises::running_task
