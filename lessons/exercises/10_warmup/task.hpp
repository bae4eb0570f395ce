#pragma once
#include "common/exercise.hpp"

struct Schedule {
  double peak;  ///< the highest learning rate
  double low;   ///< the last one
  Index warmup, total;
};

extern "C" double learning_rate(Index step, const Schedule& schedule);
