#include "05_batch_norm_backward/task.hpp"

// x, dy: features × samples; gamma: features × 1.
NormGradients batch_norm_backward(const Matrix& x, const Matrix& gamma, const Matrix& dy,
                                  double eps) {
  const Matrix mean = arma::mean(x, 1);
  const Matrix centered = x.each_col() - mean;
  const Matrix variance = arma::mean(arma::square(centered), 1);
  const Matrix rstd = 1 / arma::sqrt(variance + eps);
  const Matrix xhat = centered.each_col() % rstd;

  NormGradients d;
  d.dbeta = arma::sum(dy, 1);
  d.dgamma = arma::sum(dy % xhat, 1);
  const Matrix dxhat = dy.each_col() % gamma;
  const Matrix mean_term = arma::mean(dxhat, 1);
  const Matrix variance_term = xhat.each_col() % Matrix(arma::mean(dxhat % xhat, 1));
  const Matrix centered_gradient = dxhat.each_col() - mean_term;
  const Matrix difference = centered_gradient - variance_term;
  d.dx = difference.each_col() % rstd;
  return d;
}
