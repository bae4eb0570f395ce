#pragma once
#include "common/exercise.hpp"

enum class Place { none, post, pre, peri, deep };

/// What stands around one branch f, each a function from Var to Var.
struct Branch {
  std::function<Var(Var)> f;
  std::function<Var(Var)> norm;        ///< before the branch, or after the sum
  std::function<Var(Var)> norm_after;  ///< right behind the branch; peri has both
};

extern "C" Var residual(Place place, Var x, const Branch& branch, Index blocks);
