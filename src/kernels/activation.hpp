#pragma once
// Functions with exp, tanh or erfc, several entries at a time. The formulas stand in
// ops/activation.cpp.

#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

void tanh(const Matrix& x, Matrix& y);
void sigmoid(const Matrix& x, Matrix& y);
void silu(const Matrix& x, Matrix& y);
void silu_backward(const Matrix& x, const Matrix& dy, Matrix& dx);
void gelu(const Matrix& x, Matrix& y);
void gelu_backward(const Matrix& x, const Matrix& dy, Matrix& dx);
void gelu_tanh(const Matrix& x, Matrix& y);
void gelu_tanh_backward(const Matrix& x, const Matrix& dy, Matrix& dx);

}  // namespace evenkeel::kernels
