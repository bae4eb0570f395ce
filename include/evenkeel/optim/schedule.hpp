#pragma once
// Learning rates as functions of the step, counted from 0. Each is a value: call it with the step.
// Every call throws Error unless the rates are finite and at least 0, and what a schedule says of
// its numbers holds.

#include "evenkeel/core/types.hpp"

namespace evenkeel {

/// Rises in a line over the first `warmup` steps, learning_rate · (step + 1) / (warmup + 1), then
/// falls along half a cosine to min_learning_rate at step `total`, and stays there. Throws unless
/// total > warmup.
/// Source: Loshchilov & Hutter 2017, "SGDR", arXiv:1608.03983, without restarts.
struct CosineSchedule {
  double learning_rate;
  double min_learning_rate = 0;
  Index warmup = 0;
  Index total = 0;  ///< must be said
  double operator()(Index step) const;
};

/// The same rise, then constant.
struct WarmupSchedule {
  double learning_rate;
  Index warmup = 0;
  double operator()(Index step) const;
};

}  // namespace evenkeel
