#pragma once
#include "common/exercise.hpp"

/// ∂loss/∂ each number.
struct ChainGradients {
  double dx, dw, db, da;
};

extern "C" ChainGradients chain_rule(double x, double w, double b, double a, double t);
