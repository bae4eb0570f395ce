#pragma once
#include <memory>

#include "common/exercise.hpp"

/// A BatchNorm, right or wrong. x and y are features × samples.
struct NormUnderTest {
  Matrix gamma, beta;                ///< features × 1, at first 1 and 0; set them as you like
  Matrix running_mean, running_var;  ///< features × 1, at first 0 and 1
  double eps = 1e-5;
  double momentum = 0.1;  ///< the weight of the new batch

  /// Training: y by the statistics of x, which go into the running ones (exercises 04, 08).
  virtual Matrix train(const Matrix& x) = 0;
  /// Evaluation: y by the running statistics, which stay as they are.
  virtual Matrix evaluate(const Matrix& x) = 0;
  /// The gradients of the last train(x), for this dy alone (exercise 05).
  virtual NormGradients backward(const Matrix& dy) = 0;
  virtual ~NormUnderTest() = default;
};

/// A new norm of this many features; call it as often as you like.
using MakeNorm = std::function<std::unique_ptr<NormUnderTest>(Index features)>;

extern "C" bool norm_is_right(const MakeNorm& make_norm);
