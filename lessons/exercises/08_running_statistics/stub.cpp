#include "08_running_statistics/task.hpp"

// One step: what is remembered after the batch x, features × samples.
Running update(const Running& running, const Matrix& x, double momentum) {
  throw NotWritten();
}

// x normalized by what was remembered.
Matrix evaluate(const Running& running, const Matrix& x, double eps) {
  throw NotWritten();
}

// The statistics of some batches of one size, each counting the same.
Running recalibrate(const std::vector<Matrix>& batches) {
  throw NotWritten();
}
