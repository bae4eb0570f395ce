#pragma once
#include "common/exercise.hpp"

extern "C" Matrix rms_norm(const Matrix& x, const Matrix& gamma, double eps);
extern "C" NormGradients rms_norm_backward(const Matrix& x, const Matrix& gamma, const Matrix& dy,
                                           double eps);
