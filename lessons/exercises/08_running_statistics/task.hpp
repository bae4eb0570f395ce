#pragma once
#include "common/exercise.hpp"

/// What BatchNorm remembers of its batches; both features × 1.
struct Running {
  Matrix mean;
  Matrix variance;
};

extern "C" Running update(const Running& running, const Matrix& x, double momentum);
extern "C" Matrix evaluate(const Running& running, const Matrix& x, double eps);
extern "C" Running recalibrate(const std::vector<Matrix>& batches);
