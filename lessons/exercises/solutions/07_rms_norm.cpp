#include "07_rms_norm/task.hpp"

// x: features × samples; gamma: features × 1.
Matrix rms_norm(const Matrix& x, const Matrix& gamma, double eps) {
  const Matrix mean_square = arma::mean(arma::square(x), 0);
  const Matrix rstd = 1 / arma::sqrt(mean_square + eps);
  const Matrix xhat = x.each_row() % rstd;
  return xhat.each_col() % gamma;
}

// dx: of x's shape; dgamma: features × 1; no dbeta.
NormGradients rms_norm_backward(const Matrix& x, const Matrix& gamma, const Matrix& dy,
                                double eps) {
  const Matrix rms = arma::sqrt(arma::mean(arma::square(x), 0) + eps);
  const Matrix xhat = x.each_row() / rms;
  NormGradients d;
  d.dgamma = arma::sum(dy % xhat, 1);
  const Matrix dxhat = dy.each_col() % gamma;
  const Matrix along = arma::mean(dxhat % xhat, 0);
  const Matrix difference = dxhat - xhat.each_row() % along;
  d.dx = difference.each_row() / rms;
  return d;
}
