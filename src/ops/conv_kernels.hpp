#pragma once
// The fast bodies of Conv2d: im2col and one product of BLAS for each sample. A test holds them equal to
// the plain bodies in conv.cpp.

#include "evenkeel/ops/conv.hpp"

namespace evenkeel::fast {

void conv_forward(Conv2d& op, const Matrix& x, const Matrix& w, Matrix& y);
void conv_backward(Conv2d& op, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw);

}  // namespace evenkeel::fast
