#pragma once
// Stochastic gradient descent.
//
//   g = gradient + weight_decay · w
//   v = momentum · v + g                 (v = g in the first step)
//   w = w − learning_rate · v            nesterov: w − learning_rate · (g + momentum · v)
//
// Conventions: PyTorch's (torch.optim.SGD, dampening 0): the learning rate multiplies v and is not
// part of it. Paper: Sutskever et al. 2013, "On the importance of initialization and momentum".

#include "evenkeel/optim/optimizer.hpp"

namespace evenkeel {

struct SgdOptions {
  double learning_rate = 1e-2;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
};

class Sgd final : public Optimizer {
 public:
  /// Throw when an option is out of its range; nesterov needs momentum.
  Sgd(const ParameterGroups& groups, SgdOptions options = {});
  std::string_view name() const override { return "sgd"; }

 private:
  int remembered() const override { return options_.momentum == 0 ? 0 : 1; }
  void update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) override;

  SgdOptions options_;
};

}  // namespace evenkeel
