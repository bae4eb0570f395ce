#include "evenkeel/optim/sgd.hpp"

#include <fmt/format.h>

#include "evenkeel/core/shape.hpp"
#include "update.hpp"

namespace evenkeel {

Sgd::Sgd(const ParameterGroups& groups, SgdOptions options)
    : Optimizer(groups, options.learning_rate, options.weight_decay), options_(options) {
  if (!(options.momentum >= 0 && options.momentum < 1)) {
    fail("sgd", fmt::format("momentum must be in [0, 1), got {}", options.momentum));
  }
  if (options.nesterov && options.momentum == 0) fail("sgd", "nesterov needs a momentum above 0");
}

void Sgd::update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) {
  const Scalar rate = static_cast<Scalar>(learning_rate());
  const Scalar decay = static_cast<Scalar>(weight_decay);
  const Scalar momentum = static_cast<Scalar>(options_.momentum);
  Scalar* w = value.memptr();
  const Scalar* dw = gradient.memptr();
  if (options_.momentum == 0) {
    update_entries(value.n_elem, [=](auto k) {
      const simd::Number auto g = k.load(dw) + decay * k.load(w);
      k.store(w, k.load(w) - rate * g);
    });
    return;
  }
  start_at_zero(state.first, value);  // so that v = g in the first step
  Scalar* velocity = state.first.memptr();
  const bool nesterov = options_.nesterov;
  update_entries(value.n_elem, [=](auto k) {
    using Value = typename decltype(k)::Value;  // a pack or one number
    const Value g = k.load(dw) + decay * k.load(w);
    const Value v = momentum * k.load(velocity) + g;
    k.store(velocity, v);
    k.store(w, k.load(w) - rate * (nesterov ? g + momentum * v : v));
  });
}

}  // namespace evenkeel
