#include "04_batch_norm_forward/task.hpp"

// x: features × samples; gamma, beta: features × 1.
Matrix batch_norm(const Matrix& x, const Matrix& gamma, const Matrix& beta, double eps) {
  throw NotWritten();
}
