#pragma once
// The kernels of the ops and of the optimizers; the norms' are in norm.hpp. Each gives what the
// plain body in ops, transformer or optim says, up to rounding, several entries at a time and on
// several threads. Sizes must fit. Gradients that are pointers may be null: not wanted.

#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/core/shape.hpp"

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

// --- ops/pool.cpp --------------------------------------------------------------------------------

/// Also keeps the row in x of each window's largest entry, for backward.
void max_pool(const Matrix& x, ImageShape in, ImageShape out, Window window, Matrix& y,
              std::vector<std::uint32_t>& largest);
void max_pool_backward(const Matrix& dy, const std::vector<std::uint32_t>& largest, ImageShape in,
                       Matrix& dx);
void average_pool(const Matrix& x, ImageShape in, ImageShape out, Window window, Matrix& y);
void average_pool_backward(const Matrix& dy, ImageShape in, ImageShape out, Window window,
                           Matrix& dx);

// --- ops/conv.cpp: sums over shifted lines of the padded image -----------------------------------

struct Conv {
  ImageShape in, out;
  Window window;
  Matrix& padded;  ///< scratch buffer: padded images, for each block of samples
  Matrix& parts;   ///< scratch buffer: dw of each block of samples
};
void conv_forward(const Conv& conv, const Matrix& x, const Matrix& w, Matrix& y);
void conv_backward(const Conv& conv, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw);

// --- ops/attention.cpp: by blocks of queries × blocks of keys ------------------------------------

struct AttentionShape {
  Index heads, length;
  bool causal;
  const Matrix& key_mask;
  double dropout;
  std::uint64_t seed;
};
/// x: q, k and v, features × tokens each, or all three in one matrix. y: features × tokens, of its
/// size. Of each query's scores, `largest` is the largest and `sum` that of exp(s − largest):
/// T × (heads · sequences), of their size.
void attention_forward(const AttentionShape& shape, std::span<const Matrix* const> x, Matrix& y,
                       Matrix& largest, Matrix& sum);
/// Adds to dx, which the caller has set to 0.
void attention_backward(const AttentionShape& shape, std::span<const Matrix* const> x,
                        const Matrix& y, const Matrix& dy, const Matrix& largest, const Matrix& sum,
                        std::span<Matrix* const> dx);

// --- transformer/rotary.cpp ----------------------------------------------------------------------

/// The first `rows` rows of y are those of x, each pair rotated by its angle (direction −1: back);
/// the others are x. cosine, sine: pairs of a head × positions.
void rotate(const Matrix& x, const Matrix& cosine, const Matrix& sine, Index rows, Scalar direction,
            Matrix& y);

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
