#pragma once
// Convolution as sums over shifted lines of the padded image. The formula stands in ops/conv.cpp.

#include "evenkeel/core/shape.hpp"

namespace evenkeel::kernels {

struct Conv {
  ImageShape in, out;
  Window window;
  Matrix& padded;  ///< scratch buffer: padded images, for each block of samples
  Matrix& parts;   ///< scratch buffer: dw of each block of samples
};

void conv_forward(const Conv& conv, const Matrix& x, const Matrix& w, Matrix& y);
void conv_backward(const Conv& conv, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw);

}  // namespace evenkeel::kernels
