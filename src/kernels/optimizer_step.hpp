#pragma once
// One parameter's update, several entries at a time; the formulas stand in optim/adam.cpp and
// optim/sgd.cpp. The moments and the velocity have the parameter's shape.

#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

struct AdamStep {
  double beta1, beta2, eps;
  double rate;         ///< learning rate / (1 − beta1^t)
  double correction2;  ///< 1 − beta2^t
  double in_gradient;  ///< weight decay that is added to the gradient
  double kept;         ///< what remains of w after the decay beside the gradient
};
void adam(const AdamStep& step, Matrix& w, const Matrix& dw, Matrix& m, Matrix& v);

struct SgdStep {
  double rate, weight_decay, momentum;
  bool nesterov;
};
/// The velocity is not looked at without momentum.
void sgd(const SgdStep& step, Matrix& w, const Matrix& dw, Matrix& velocity);

}  // namespace evenkeel::kernels
