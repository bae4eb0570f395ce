#pragma once
#include "common/exercise.hpp"

/// dx of x's shape; dgamma, dbeta: features × 1; alpha is one number.
struct DytGradients {
  Matrix dx;
  double dalpha;
  Matrix dgamma, dbeta;
};

extern "C" Matrix dyt(const Matrix& x, double alpha, const Matrix& gamma, const Matrix& beta);
extern "C" DytGradients dyt_backward(const Matrix& x, double alpha, const Matrix& gamma,
                                     const Matrix& dy);
