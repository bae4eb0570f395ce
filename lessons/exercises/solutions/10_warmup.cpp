#include "10_warmup/task.hpp"

// total > warmup.
double learning_rate(Index step, const Schedule& schedule) {
  const double now = step;
  const double warmup = schedule.warmup;
  const double total = schedule.total;
  if (now < warmup) return schedule.peak * (now + 1) / (warmup + 1);
  if (now >= total) return schedule.low;
  const double p = (now - warmup) / (total - warmup);
  const double wave = (1 + std::cos(arma::datum::pi * p)) / 2;
  return schedule.low + (schedule.peak - schedule.low) * wave;
}
