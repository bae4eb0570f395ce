#include "11_dyt/task.hpp"

// x: features × samples; gamma, beta: features × 1.
Matrix dyt(const Matrix& x, double alpha, const Matrix& gamma, const Matrix& beta) {
  const Matrix t = arma::tanh(alpha * x);
  const Matrix scaled = t.each_col() % gamma;
  return scaled.each_col() + beta;
}

DytGradients dyt_backward(const Matrix& x, double alpha, const Matrix& gamma, const Matrix& dy) {
  const Matrix th = arma::tanh(alpha * x);
  const Matrix dt = dy.each_col() % gamma;
  const Matrix dz = dt % (1 - arma::square(th));
  DytGradients d;
  d.dx = alpha * dz;
  d.dalpha = arma::accu(dz % x);
  d.dgamma = arma::sum(dy % th, 1);
  d.dbeta = arma::sum(dy, 1);
  return d;
}
