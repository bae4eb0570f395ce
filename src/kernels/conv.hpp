#pragma once
// Convolution: with stride 1 sums over shifted lines (conv_direct.cpp), otherwise im2col and one
// product of BLAS for each sample (conv_im2col.cpp). The formula stands in ops/conv.cpp.

#include "evenkeel/core/image_shape.hpp"

namespace evenkeel::kernels {

struct Conv {
  ImageShape in, out;
  Window window;
  Matrix& patches;  ///< scratch memory: padded images or im2col, for each block of samples
  Matrix& parts;    ///< scratch memory: dw of each block of samples
};

void conv_forward(const Conv& conv, const Matrix& x, const Matrix& w, Matrix& y);
void conv_backward(const Conv& conv, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw);

/// Stride 1, and no more padding than the window reaches: conv_direct.cpp, which writes no patches.
bool direct_fits(const Conv& conv);
void direct_forward(const Conv& conv, const Matrix& x, const Matrix& w, Matrix& y);
void direct_backward(const Conv& conv, const Matrix& x, const Matrix& w, const Matrix& dy,
                     Matrix* dx, Matrix* dw);

/// dw = the sum of what each block of samples has put into its column of conv.parts.
void sum_parts(const Conv& conv, Matrix& dw);

/// y(c, p) = x(c, p) + b(c), and db(c) = Σ_p,samples dy(c, p)
void channel_bias(const Matrix& x, const Matrix& b, Matrix& y);
void channel_bias_backward(const Matrix& dy, Index channels, Matrix& db);

}  // namespace evenkeel::kernels
