#pragma once
// The fast bodies of Conv2d: with stride 1 sums over shifted lines, otherwise im2col and one
// product of BLAS for each sample. A test holds them equal to the plain bodies in conv.cpp.

#include "evenkeel/ops/conv.hpp"

namespace evenkeel::fast {

void conv_forward(Conv2d& op, const Matrix& x, const Matrix& w, Matrix& y);
void conv_backward(Conv2d& op, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw);

/// Stride 1, and no more padding than the window reaches: conv_direct.cpp, which writes no patches.
bool direct_fits(const Conv2d& op);
void direct_forward(Conv2d& op, const Matrix& x, const Matrix& w, Matrix& y);
void direct_backward(Conv2d& op, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                     Matrix* dw);

}  // namespace evenkeel::fast
