#pragma once
// Looks at a run while it trains, every --eval-every steps, and keeps what it saw in training.rows.

#include <chrono>
#include <string>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/probe/update_ratio.hpp"
#include "training.hpp"

namespace char_gpt {

/// The mean loss of `batches` random batches of the validation text. They are always the same ones.
double validation_loss(Training& training, ek::Index batches);

class Watch {
 public:
  explicit Watch(Training& training);

  /// Behind backward, before the gradients are clipped and the step is made.
  void before_step(const ek::Tape& tape);
  /// Behind the step. True when there is a new row.
  bool after_step(ek::Var loss, double gradient_norm);
  /// "train 1.84  val 1.97  |g| 0.62  28,400 tok/s"
  std::string status() const;

 private:
  using Clock = std::chrono::steady_clock;

  bool row_is_due() const;
  std::vector<double> gradient_by_layer();
  std::vector<double> activation_by_layer(const ek::Tape& tape);

  Training& training_;
  ek::UpdateRatio update_ratio_;
  Row row_;  // of this step, when one is due
  Clock::time_point step_began_ = Clock::now();
};

}  // namespace char_gpt
