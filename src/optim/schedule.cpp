#include "evenkeel/optim/schedule.hpp"

#include <cmath>
#include <numbers>

#include "base/fail.hpp"

namespace evenkeel {

static void require_rate(std::string_view schedule, std::string_view what, double rate) {
  require(rate >= 0 && std::isfinite(rate), schedule, "{} must be finite and at least 0, got {}",
          what, rate);
}

double WarmupSchedule::operator()(Index step) const {
  require_rate("warmup_schedule", "learning_rate", learning_rate);
  if (step >= warmup) return learning_rate;
  return learning_rate * static_cast<double>(step + 1) / static_cast<double>(warmup + 1);
}

double CosineSchedule::operator()(Index step) const {
  require_rate("cosine_schedule", "learning_rate", learning_rate);
  require_rate("cosine_schedule", "min_learning_rate", min_learning_rate);
  require(total > warmup, "cosine_schedule", "total must be above warmup ({}), got {}", warmup,
          total);
  if (step < warmup) return WarmupSchedule{learning_rate, warmup}(step);
  if (step >= total) return min_learning_rate;
  const double done = static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
  const double share = (1 + std::cos(std::numbers::pi * done)) / 2;  // 1 → 0
  return min_learning_rate + share * (learning_rate - min_learning_rate);
}

}  // namespace evenkeel
