#pragma once
// Runs a function of Vars in both bodies of its ops, the plain and the fast one, and says how far
// the results are apart.

#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "scopes.hpp"

namespace evenkeel_test {

using Function = std::function<evenkeel::Var(std::span<const evenkeel::Var>)>;

struct Results {
  evenkeel::Matrix y;
  evenkeel::Matrix dy;                      // standard normal, the same in both bodies
  std::vector<evenkeel::Matrix> gradients;  // one for each input; empty if f does not use it
};

/// Forward and backward of f in one body.
inline Results run_body(evenkeel::Kernels which, const Function& f,
                        const std::vector<evenkeel::Matrix>& inputs, std::uint64_t seed = 1) {
  const WithKernels scope(which);
  evenkeel::Tape tape;
  std::vector<evenkeel::Var> vars;
  for (const evenkeel::Matrix& input : inputs) vars.push_back(tape.variable(input));
  const evenkeel::Var y = f(vars);
  Results results{y.value(), evenkeel::Random(seed).normal(y.rows(), y.cols()), {}};
  tape.backward(y, results.dy);
  for (const evenkeel::Var& var : vars) {
    const bool reached = tape.node(var.index()).has_gradient;
    results.gradients.push_back(reached ? var.gradient() : evenkeel::Matrix());
  }
  return results;
}

/// The largest difference of two entries, in units in the last place of the larger of them or of
/// `size`: the size of the numbers that cancelled to make them. Infinite where only one is NaN.
inline double ulps_apart(const evenkeel::Matrix& a, const evenkeel::Matrix& b, double size) {
  if (arma::size(a) != arma::size(b)) return INFINITY;
  double most = 0;
  for (evenkeel::Index i = 0; i < a.n_elem; ++i) {
    const double one = static_cast<double>(a[i]);
    const double other = static_cast<double>(b[i]);
    if (one == other || (std::isnan(one) && std::isnan(other))) continue;
    const double largest = std::max({std::abs(one), std::abs(other), size});
    const double apart = std::abs(one - other) / (evenkeel::machine_epsilon * largest);
    most = std::max(most, std::isnan(apart) ? INFINITY : apart);
  }
  return most;
}

}  // namespace evenkeel_test
