#pragma once
// The kernels of the ops and of the optimizers; the norms' are in norm.hpp, those of images and of
// attention beside their ops. Each gives what the plain body in ops or optim says, up to rounding,
// several entries at a time and on several threads. Sizes must fit. Gradients that are pointers may
// be null: not wanted.

#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

// --- ops/activation.cpp: what has exp, tanh or erfc ----------------------------------------------

void tanh(const Matrix& x, Matrix& y);
void sigmoid(const Matrix& x, Matrix& y);
void silu(const Matrix& x, Matrix& y);
void silu_backward(const Matrix& x, const Matrix& dy, Matrix& dx);
void gelu(const Matrix& x, Matrix& y);
void gelu_backward(const Matrix& x, const Matrix& dy, Matrix& dx);
void gelu_tanh(const Matrix& x, Matrix& y);
void gelu_tanh_backward(const Matrix& x, const Matrix& dy, Matrix& dx);

// --- ops/softmax.cpp, ops/losses.cpp: one column at a time ---------------------------------------

void softmax(const Matrix& x, Matrix& y);
void softmax_backward(const Matrix& y, const Matrix& dy, Matrix& dx);
void log_softmax(const Matrix& x, Matrix& y);
void log_softmax_backward(const Matrix& y, const Matrix& dy, Matrix& dx);
/// p = softmax(x); loss (1×1) is the mean of sample_loss (1 × samples), −log p(target).
void cross_entropy(const Matrix& x, const std::vector<Index>& targets, Matrix& p,
                   Matrix& sample_loss, Matrix& loss);

// --- ops/linear.cpp ------------------------------------------------------------------------------
// The result is cut along its longer side into blocks that depend on the shapes alone; each block
// is one call of BLAS, which itself runs on one thread. y must be neither factor.

void gemm(const Matrix& a, const Matrix& b, Matrix& y);     ///< y = a b
void gemm_nt(const Matrix& a, const Matrix& b, Matrix& y);  ///< y = a bᵀ
void gemm_tn(const Matrix& a, const Matrix& b, Matrix& y);  ///< y = aᵀ b
/// Of y = a b: da = dy bᵀ, db = aᵀ dy.
void gemm_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db);
/// y = W x + b
void linear(const Matrix& x, const Matrix& w, const Matrix& b, Matrix& y);
void linear_backward(const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx, Matrix* dw,
                     Matrix* db);

// --- optim/adam.cpp, optim/sgd.cpp: one parameter's update ---------------------------------------
// The moments and the velocity have the parameter's shape.

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
