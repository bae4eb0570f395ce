#include "evenkeel/optim/optimizer.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "kernels/sums.hpp"

namespace evenkeel {

ParameterGroups decay_matrices_only(Module& module, double weight_decay) {
  ParameterGroup matrices{{}, weight_decay};
  ParameterGroup vectors{{}, 0.0};
  for (Parameter* p : module.parameters()) {
    (p->value.n_cols > 1 ? matrices : vectors).parameters.push_back(p);
  }
  return std::vector{matrices, vectors};
}

Optimizer::Optimizer(const ParameterGroups& given, double learning_rate, double weight_decay) {
  set_learning_rate(learning_rate);
  for (const ParameterGroup& group : given.groups) {
    const double decay = group.weight_decay.value_or(weight_decay);
    require(decay >= 0, "optimizer", "weight_decay must be at least 0, got {}", decay);
    for (Parameter* p : group.parameters) {
      require(p != nullptr, "optimizer", "a group holds a null pointer instead of a parameter");
      if (std::find(parameters_.begin(), parameters_.end(), p) != parameters_.end()) continue;
      parameters_.push_back(p);
      weight_decay_.push_back(decay);
    }
  }
  progress_.states.resize(parameters_.size());
}

void Optimizer::set_learning_rate(double rate) {
  require(rate >= 0, "optimizer", "learning_rate must be at least 0, got {}", rate);
  progress_.learning_rate = rate;
}

static void require_like_value(std::string_view what, const Matrix& x, const Parameter& p) {
  if (shape_of(x) == shape_of(p.value)) return;
  fail("optimizer", "the {} of parameter '{}' must be {} to match its value, got {}", what, p.name,
       to_string(shape_of(p.value)), to_string(shape_of(x)));
}

void Optimizer::make_room(State& state, const Parameter& p) const {
  Matrix* const used[] = {&state.first, &state.second};
  for (int i = 0; i < remembered(); ++i) {
    Matrix& memory = *used[i];
    if (memory.is_empty()) memory.zeros(p.value.n_rows, p.value.n_cols);
    require_like_value("state", memory, p);
  }
}

void Optimizer::step() {
  const auto is_trained = [](const Parameter& p) { return p.requires_grad && p.has_gradient; };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {  // all is checked before anything changes
    const Parameter& p = *parameters_[i];
    if (!is_trained(p)) continue;
    require_like_value("gradient", p.gradient, p);
    make_room(progress_.states[i], p);
  }
  ++progress_.steps;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Parameter& p = *parameters_[i];
    if (!is_trained(p)) continue;
    State& state = progress_.states[i];
    ++state.steps;
    update(p.value, p.gradient, state, weight_decay_[i]);
  }
}

static double sum_of_squares(const Matrix& x) {
  if (fast_kernels()) return kernels::sum_of_squares(x);
  return arma::accu(arma::square(arma::conv_to<arma::mat>::from(x)));
}

double gradient_norm(std::span<Parameter* const> parameters) {
  double squares = 0;
  for (const Parameter* p : parameters) {
    if (p->has_gradient) squares += sum_of_squares(p->gradient);
  }
  return std::sqrt(squares);
}

double clip_gradient_norm(std::span<Parameter* const> parameters, double max_norm) {
  require(max_norm > 0, "clip_gradient_norm", "max_norm must be above 0, got {}", max_norm);
  const double norm = gradient_norm(parameters);
  const double factor = max_norm / (norm + 1e-6);  // PyTorch's guard against a norm of 0
  if (!(factor < 1)) return norm;
  for (Parameter* p : parameters) {
    if (p->has_gradient) p->gradient *= static_cast<Scalar>(factor);
  }
  return norm;
}

}  // namespace evenkeel
