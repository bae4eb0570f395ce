#pragma once
// Matrix products on several threads. The result is cut along its longer side into blocks that
// depend on the shapes alone; each block is one call of BLAS, which itself runs on one thread. The
// sizes must fit, and y must be neither factor.

#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

void gemm(const Matrix& a, const Matrix& b, Matrix& y);     ///< y = a b
void gemm_nt(const Matrix& a, const Matrix& b, Matrix& y);  ///< y = a bᵀ
void gemm_tn(const Matrix& a, const Matrix& b, Matrix& y);  ///< y = aᵀ b

/// Of y = a b: da = dy bᵀ, db = aᵀ dy; either may be null.
void gemm_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db);

/// y = W x + b
void linear(const Matrix& x, const Matrix& w, const Matrix& b, Matrix& y);
void linear_backward(const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx, Matrix* dw,
                     Matrix* db);

}  // namespace evenkeel::kernels
