#include "evenkeel/optim/adam.hpp"

#include <fmt/format.h>

#include <cmath>

#include "evenkeel/core/shape.hpp"
#include "update.hpp"

namespace evenkeel {

Adam::Adam(const ParameterGroups& groups, AdamOptions options)
    : Adam(groups, options, Decay::in_gradient) {}

Adam::Adam(const ParameterGroups& groups, AdamOptions options, Decay decay)
    : Optimizer(groups, options.learning_rate, options.weight_decay),
      options_(options),
      decay_(decay) {
  for (double beta : {options.beta1, options.beta2}) {
    if (!(beta >= 0 && beta < 1)) {
      fail("adam", fmt::format("beta1 and beta2 must be in [0, 1), got {}", beta));
    }
  }
  if (!(options.eps >= 0)) fail("adam", fmt::format("eps must be at least 0, got {}", options.eps));
}

void Adam::update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) {
  start_at_zero(state.first, value);
  start_at_zero(state.second, value);
  const double t = static_cast<double>(state.steps);
  const bool decoupled = decay_ == Decay::decoupled;
  const Scalar beta1 = static_cast<Scalar>(options_.beta1);
  const Scalar beta2 = static_cast<Scalar>(options_.beta2);
  const Scalar rest1 = static_cast<Scalar>(1 - options_.beta1);
  const Scalar rest2 = static_cast<Scalar>(1 - options_.beta2);
  const Scalar rate = static_cast<Scalar>(learning_rate() / (1 - std::pow(options_.beta1, t)));
  const Scalar root2 = static_cast<Scalar>(std::sqrt(1 - std::pow(options_.beta2, t)));
  const Scalar eps = static_cast<Scalar>(options_.eps);
  const Scalar in_gradient = static_cast<Scalar>(decoupled ? 0 : weight_decay);
  const Scalar kept = static_cast<Scalar>(decoupled ? 1 - learning_rate() * weight_decay : 1);
  Scalar* w = value.memptr();
  const Scalar* dw = gradient.memptr();
  Scalar* m = state.first.memptr();
  Scalar* v = state.second.memptr();
  update_entries(value.n_elem, [=](auto k) {
    const simd::Number auto g = k.load(dw) + in_gradient * k.load(w);
    const simd::Number auto m_new = beta1 * k.load(m) + rest1 * g;
    const simd::Number auto v_new = beta2 * k.load(v) + rest2 * g * g;
    k.store(m, m_new);
    k.store(v, v_new);
    k.store(w, kept * k.load(w) - rate * m_new / (simd::sqrt(v_new) / root2 + eps));
  });
}

AdamW::AdamW(const ParameterGroups& groups, AdamWOptions options)
    : Adam(groups,
           {options.learning_rate, options.beta1, options.beta2, options.eps, options.weight_decay},
           Decay::decoupled) {}

}  // namespace evenkeel
