#pragma once
// The kernels of convolution and pooling. Each gives what the plain body in images says, up to
// rounding, several entries at a time and on several threads. Sizes must fit.

#include <cstdint>
#include <vector>

#include "evenkeel/core/shape.hpp"

namespace evenkeel::kernels {

// --- pool.cpp ------------------------------------------------------------------------------------

/// Also keeps the row in x of each window's largest entry, for backward.
void max_pool(const Matrix& x, ImageShape in, ImageShape out, Window window, Matrix& y,
              std::vector<std::uint32_t>& largest);
void max_pool_backward(const Matrix& dy, const std::vector<std::uint32_t>& largest, ImageShape in,
                       Matrix& dx);
void average_pool(const Matrix& x, ImageShape in, ImageShape out, Window window, Matrix& y);
void average_pool_backward(const Matrix& dy, ImageShape in, ImageShape out, Window window,
                           Matrix& dx);

// --- conv.cpp: sums over shifted lines of the padded image ---------------------------------------

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
