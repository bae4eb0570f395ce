#include "08_running_statistics/task.hpp"

// One step: what is remembered after the batch x, features × samples.
Running update(const Running& running, const Matrix& x, double momentum) {
  const Matrix mean = arma::mean(x, 1);
  const Matrix variance = arma::var(x, 0, 1);
  Running after;
  after.mean = (1 - momentum) * running.mean + momentum * mean;
  after.variance = (1 - momentum) * running.variance + momentum * variance;
  return after;
}

// x normalized by what was remembered.
Matrix evaluate(const Running& running, const Matrix& x, double eps) {
  const Matrix centered = x.each_col() - running.mean;
  return centered.each_col() / arma::sqrt(running.variance + eps);
}

// The statistics of some batches of one size, each counting the same.
Running recalibrate(const std::vector<Matrix>& batches) {
  const double n = batches.size();
  const Matrix zero(batches[0].n_rows, 1, arma::fill::zeros);
  Running running{zero, zero};
  for (const Matrix& x : batches) {
    running.mean += arma::mean(x, 1) / n;
    running.variance += arma::var(x, 0, 1) / n;
  }
  return running;
}
