#include "evenkeel/optim/adam.hpp"

#include <cmath>

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "kernels/ops.hpp"

namespace evenkeel {

Adam::Adam(const ParameterGroups& groups, AdamOptions options, bool decoupled, double weight_decay)
    : Optimizer(groups, options.learning_rate, options.weight_decay.value_or(weight_decay)),
      options_(options),
      decoupled_(decoupled) {
  for (double beta : {options.beta1, options.beta2}) {
    require(beta >= 0 && beta < 1, "adam", "beta1 and beta2 must be in [0, 1), got {}", beta);
  }
  require(options.eps >= 0, "adam", "eps must be at least 0, got {}", options.eps);
}

void Adam::update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) {
  const auto& [unused_rate, beta1, beta2, eps, unused_decay] = options_;
  const double t = static_cast<double>(state.steps);
  const double correction1 = 1 - std::pow(beta1, t), correction2 = 1 - std::pow(beta2, t);
  const double in_gradient = decoupled_ ? 0 : weight_decay;
  const double kept = decoupled_ ? 1 - learning_rate() * weight_decay : 1;
  if (fast_kernels()) {
    return kernels::adam(
        {beta1, beta2, eps, learning_rate() / correction1, correction2, in_gradient, kept}, value,
        gradient, state.first, state.second);
  }
  const auto number = [](double x) { return static_cast<Scalar>(x); };
  Matrix& m = state.first;
  Matrix& v = state.second;
  const Matrix g = gradient + number(in_gradient) * value;
  m = number(beta1) * m + number(1 - beta1) * g;
  v = number(beta2) * v + number(1 - beta2) * arma::square(g);
  const Matrix m_hat = m / number(correction1);
  const Matrix v_hat = v / number(correction2);
  value =
      number(kept) * value - number(learning_rate()) * m_hat / (arma::sqrt(v_hat) + number(eps));
}

}  // namespace evenkeel
