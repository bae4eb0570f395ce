#pragma once
#include "common/exercise.hpp"

extern "C" Matrix softmax(const Matrix& x);
extern "C" Matrix softmax_backward(const Matrix& y, const Matrix& dy);
