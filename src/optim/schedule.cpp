#include "evenkeel/optim/schedule.hpp"

#include <cmath>
#include <numbers>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

double WarmupSchedule::operator()(Index step) const {
  if (step >= warmup) return learning_rate;
  return learning_rate * static_cast<double>(step + 1) / static_cast<double>(warmup + 1);
}

double CosineSchedule::operator()(Index step) const {
  if (step < warmup) return WarmupSchedule{learning_rate, warmup}(step);
  if (step >= total) return min_learning_rate;
  const double done = static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
  const double share = (1 + std::cos(std::numbers::pi * done)) / 2;  // 1 → 0
  return min_learning_rate + share * (learning_rate - min_learning_rate);
}

double StepSchedule::operator()(Index step) const {
  if (every == 0) fail("step_schedule", "every must be above 0");
  const Index falls = step / every;
  return learning_rate * std::pow(factor, static_cast<double>(falls));
}

}  // namespace evenkeel
