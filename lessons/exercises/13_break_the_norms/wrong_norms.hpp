#pragma once
// The norms that exercise 13 is run against: a right BatchNorm, and one for each mistake.

#include <memory>

#include "task.hpp"

namespace exercises::break_task {

enum class NormMistake {
  none,
  rounds_differently,  ///< right too
  eps_outside_root,
  no_eps,
  variance_n_minus_1,
  wrong_axis,
  one_mean_for_all,
  cancellation,
  gamma_ignored,
  beta_before_gamma,
  running_var_biased,
  momentum_reversed,
  running_mean_stays,
  evaluates_by_batch,
  evaluation_updates,
  dx_without_mean_term,
  dx_without_variance_term,
  dx_without_gamma,
  dgamma_with_x,
  dbeta_mean,
  dbeta_from_dx,
  dgamma_accumulates,
};
inline constexpr int first_wrong = static_cast<int>(NormMistake::eps_outside_root);
inline constexpr int wrong_norms =
    static_cast<int>(NormMistake::dgamma_accumulates) - first_wrong + 1;

std::unique_ptr<NormUnderTest> make_norm_with(NormMistake mistake, Index features);

/// What the mistake does, with a number, and not where it is.
std::string effect_of(NormMistake mistake);

}  // namespace exercises::break_task
