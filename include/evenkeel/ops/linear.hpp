#pragma once
// Matrix products. A batch has one column per sample, so a linear layer is y = W x + b as on paper.
// Large products run on several threads, with the same bits for every number of them.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = a b, for a m×k and b k×n;  da = dy bᵀ, db = aᵀ dy
struct Matmul final : BinaryOp {
  std::string_view name() const override { return "matmul"; }
  void forward(const Matrix& a, const Matrix& b, Matrix& y) override;
  void backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy, Matrix* da,
                Matrix* db) override;
};

/// y = W x, for W out×in and x in×samples;  dx = Wᵀ dy, dW = dy xᵀ
struct Linear final : BinaryOp {
  std::string_view name() const override { return "linear"; }
  void forward(const Matrix& x, const Matrix& w, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& w, const Matrix& y, const Matrix& dy, Matrix* dx,
                Matrix* dw) override;
};

/// y = W x + b, with b out×1 added to every sample;  dx = Wᵀ dy, dW = dy xᵀ, db = Σ dy over samples
struct LinearBias final : TernaryOp {
  std::string_view name() const override { return "linear"; }
  void forward(const Matrix& x, const Matrix& w, const Matrix& b, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& w, const Matrix& b, const Matrix& y,
                const Matrix& dy, Matrix* dx, Matrix* dw, Matrix* db) override;
};

/// The matrix product a b, m×k times k×n; also written a * b. Throws unless a has as many columns
/// as b has rows.
Var matmul(Input a, Input b);

/// W x: x in×samples, W out×in. Throws when the shapes do not fit.
Var linear(Input x, Input w);
/// W x + b: x in×samples, W out×in, b out×1. Throws when the shapes do not fit.
Var linear(Input x, Input w, Input b);

}  // namespace evenkeel
