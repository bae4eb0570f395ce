#pragma once
#include "common/exercise.hpp"

extern "C" Matrix broadcast_gradient(const Matrix& dy, Index rows, Index cols);
