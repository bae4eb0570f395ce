#pragma once
// Pooling; the formulas stand in ops/pool.cpp.

#include <cstdint>
#include <vector>

#include "evenkeel/core/shape.hpp"

namespace evenkeel::kernels {

/// Also keeps the row in x of each window's largest entry, for backward.
void max_pool(const Matrix& x, ImageShape in, ImageShape out, Window window, Matrix& y,
              std::vector<std::uint32_t>& largest);
void max_pool_backward(const Matrix& dy, const std::vector<std::uint32_t>& largest, ImageShape in,
                       Matrix& dx);
void average_pool(const Matrix& x, ImageShape in, ImageShape out, Window window, Matrix& y);
void average_pool_backward(const Matrix& dy, ImageShape in, ImageShape out, Window window,
                           Matrix& dx);

}  // namespace evenkeel::kernels
