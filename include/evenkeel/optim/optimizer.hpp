#pragma once
// What optimizers share: groups of parameters, a learning rate, a step.
//
//   AdamW optimizer(decay_matrices_only(model, 0.1), {.learning_rate = 1e-3});
//   …
//   model.zero_gradient();
//   tape.backward(loss);
//   clip_gradient_norm(optimizer.parameters(), 1.0);
//   optimizer.set_learning_rate(schedule(step));
//   optimizer.step();

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/parameter.hpp"

namespace evenkeel {

/// Parameters that are treated alike. A weight decay given here stands before the optimizer's own.
struct ParameterGroup {
  std::vector<Parameter*> parameters;
  std::optional<double> weight_decay = {};
};

/// What an optimizer is made from: parameters that are all treated alike, or groups.
struct ParameterGroups {
  std::vector<ParameterGroup> groups;

  ParameterGroups(std::vector<ParameterGroup> several) : groups(std::move(several)) {}  // NOLINT
  ParameterGroups(std::vector<Parameter*> parameters)
      : groups{{std::move(parameters)}} {}  // NOLINT
  ParameterGroups(std::initializer_list<Parameter*> parameters) : groups{{parameters}} {}
};

/// Two groups: matrices, with this decay, and vectors (gamma, beta, biases: one column), with none.
/// Decay pulls towards zero, which is no good place for a scale that starts at one.
ParameterGroups decay_matrices_only(Module& module, double weight_decay);

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Updates every parameter that is trained (requires_grad) and that a backward has reached.
  void step();

  double learning_rate() const { return progress_.learning_rate; }
  void set_learning_rate(double rate);
  /// How many steps were made.
  Index steps() const { return progress_.steps; }

  /// In the order of the groups, each once, even where a model shares one between two places.
  const std::vector<Parameter*>& parameters() const { return parameters_; }

  /// What the update remembers of one parameter, of its shape: for Adam the first and the second
  /// moment, for SGD the velocity; empty before its first step.
  struct State {
    Index steps = 0;
    Matrix first;
    Matrix second;
  };
  /// All that changes while it trains: to save and to restore.
  struct Progress {
    double learning_rate = 0;
    Index steps = 0;
    std::vector<State> states = {};  ///< in the order of parameters()
  };
  Progress& progress() { return progress_; }
  /// Zeros of the value's shape for what the update remembers, unless it has that shape already.
  void make_room(State& state, const Parameter& p) const;
  virtual std::string_view name() const = 0;

 protected:
  Optimizer(const ParameterGroups& groups, double learning_rate, double weight_decay);

 private:
  /// How many of a State's two matrices it uses.
  virtual int remembered() const = 0;
  virtual void update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) = 0;

  std::vector<Parameter*> parameters_;
  std::vector<double> weight_decay_;  // of each parameter
  Progress progress_;
};

/// Scales all gradients by one factor so that their common norm √Σ‖gradient‖² is at most max_norm;
/// returns the norm before. Parameters without a gradient are passed by. Throws unless
/// max_norm > 0.
/// Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural
/// networks".
double clip_gradient_norm(std::span<Parameter* const> parameters, double max_norm);

/// √Σ‖gradient‖² over all parameters that have one.
double gradient_norm(std::span<Parameter* const> parameters);

}  // namespace evenkeel
