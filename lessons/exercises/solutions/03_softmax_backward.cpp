#include "03_softmax_backward/task.hpp"

// y_ij = exp(x_ij) / Σ_k exp(x_kj): each column adds up to 1. x may be in the thousands.
Matrix softmax(const Matrix& x) {
  const Matrix shifted = x.each_row() - arma::max(x, 0);
  const Matrix e = arma::exp(shifted);
  return e.each_row() / arma::sum(e, 0);
}

// dx, from y = softmax(x) and dy.
Matrix softmax_backward(const Matrix& y, const Matrix& dy) {
  const Matrix s = arma::sum(y % dy, 0);
  const Matrix difference = dy.each_row() - s;
  return y % difference;
}
