#include "evenkeel/probe/update_ratio.hpp"

#include "evenkeel/core/shape.hpp"
#include "evenkeel/probe/statistics.hpp"

namespace evenkeel {

void UpdateRatio::before_step() {
  before_.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) before_[i] = parameters_[i]->value;
  ready_ = true;
}

std::vector<double> UpdateRatio::after_step() {
  if (!ready_) fail("update_ratio", "after_step() needs a before_step() before each step");
  ready_ = false;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Matrix& w = before_[i];
    const Matrix update = parameters_[i]->value - w;
    const double moved = statistics(update).sigma;
    ratios.push_back(moved == 0 ? 0 : moved / statistics(w).sigma);
  }
  return ratios;
}

}  // namespace evenkeel
