#include "evenkeel/optim/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/core/shape.hpp"
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
    if (!(decay >= 0)) {
      fail("optimizer", fmt::format("weight_decay must be at least 0, got {}", decay));
    }
    for (Parameter* p : group.parameters) {
      if (!p) fail("optimizer", "a group holds a null pointer instead of a parameter");
      if (std::find(parameters_.begin(), parameters_.end(), p) != parameters_.end()) continue;
      parameters_.push_back(p);
      weight_decay_.push_back(decay);
    }
  }
  states_.resize(parameters_.size());
}

void Optimizer::set_learning_rate(double rate) {
  if (!(rate >= 0))
    fail("optimizer", fmt::format("learning_rate must be at least 0, got {}", rate));
  learning_rate_ = rate;
}

// State of another shape would be another parameter's, or of one that was resized since.
static void prepare(Matrix& memory, const Parameter& p) {
  if (memory.is_empty()) memory.zeros(p.value.n_rows, p.value.n_cols);
  if (shape_of(memory) == shape_of(p.value)) return;
  require_shape("optimizer", fmt::format("the state of parameter '{}'", p.name), memory,
                shape_of(p.value), "to match its value");
}

static void require_gradient_of(const Parameter& p) {
  if (shape_of(p.gradient) == shape_of(p.value)) return;
  require_shape("optimizer", fmt::format("the gradient of parameter '{}'", p.name), p.gradient,
                shape_of(p.value), "to match its value");
}

void Optimizer::step() {
  const auto is_trained = [](const Parameter& p) { return p.requires_grad && p.has_gradient; };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {  // all is checked before anything changes
    const Parameter& p = *parameters_[i];
    if (!is_trained(p)) continue;
    require_gradient_of(p);
    if (remembered() > 0) prepare(states_[i].first, p);
    if (remembered() > 1) prepare(states_[i].second, p);
  }
  ++steps_;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Parameter& p = *parameters_[i];
    if (!is_trained(p)) continue;
    ++states_[i].steps;
    update(p.value, p.gradient, states_[i], weight_decay_[i]);
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
  if (!(max_norm > 0)) {
    fail("clip_gradient_norm", fmt::format("max_norm must be above 0, got {}", max_norm));
  }
  const double norm = gradient_norm(parameters);
  const double factor = max_norm / (norm + 1e-6);  // PyTorch's guard against a norm of 0
  if (!(factor < 1)) return norm;
  for (Parameter* p : parameters) {
    if (p->has_gradient) p->gradient *= static_cast<Scalar>(factor);
  }
  return norm;
}

}  // namespace evenkeel
