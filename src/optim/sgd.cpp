#include "evenkeel/optim/sgd.hpp"

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "kernels/ops.hpp"

namespace evenkeel {

Sgd::Sgd(const ParameterGroups& groups, SgdOptions options)
    : Optimizer(groups, options.learning_rate, options.weight_decay), options_(options) {
  require(options.momentum >= 0 && options.momentum < 1, "sgd",
          "momentum must be in [0, 1), got {}", options.momentum);
  require(!options.nesterov || options.momentum > 0, "sgd", "nesterov needs a momentum above 0");
}

void Sgd::update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) {
  if (fast_kernels()) {
    return kernels::sgd({learning_rate(), weight_decay, options_.momentum, options_.nesterov},
                        value, gradient, state.first);
  }
  const Scalar rate = static_cast<Scalar>(learning_rate());
  const Scalar momentum = static_cast<Scalar>(options_.momentum);
  const Matrix g = gradient + static_cast<Scalar>(weight_decay) * value;
  if (options_.momentum == 0) {
    value -= rate * g;
    return;
  }
  Matrix& v = state.first;
  v = momentum * v + g;  // v = g in the first step, since v starts as 0
  if (options_.nesterov) {
    value -= rate * (g + momentum * v);
  } else {
    value -= rate * v;
  }
}

}  // namespace evenkeel
