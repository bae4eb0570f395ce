#include "training.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "copy_task.hpp"
#include "evenkeel/core/tape.hpp"
#include "optimizers.hpp"
#include "stopping.hpp"

namespace evenkeel::lesson {

std::optional<double> final_loss(const Trial& trial) {
  Random random(trial.seed);
  StackSetting s = CopyTask::setting(trial.layers);
  s.norm = trial.norm;
  s.width = trial.width;
  CopyTask task(by_name(all_schemes(), trial.placement), s, random);
  AdamWOptions adamw = CopyTask::adam;
  adamw.learning_rate = 0.01;
  adamw.weight_decay = 0;
  const Optimizers optimizers =
      make_optimizers(trial.optimizer, trial.rate, hidden_and_others(task, task.blocks), adamw);
  Tape tape;
  std::vector<double> losses;
  while (losses.size() < trial.steps) {
    if (stopped_by != 0) return {};
    const Var loss = task.loss(tape, random);
    losses.push_back(loss.value()[0]);
    if (!std::isfinite(losses.back())) return std::numeric_limits<double>::infinity();
    tape.backward(loss);
    for (const auto& optimizer : optimizers) optimizer->step();
  }
  return mean_of({losses.end() - 10, losses.end()});
}

}  // namespace evenkeel::lesson
