#pragma once
// A training run between two steps, kept in memory: what a Trainer goes back to.

#include <vector>

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/optim/optimizer.hpp"

namespace evenkeel {

/// Every matrix of a module once, by its first name: the parameters' values, then the buffers.
std::vector<NamedBuffer> matrices_of(Module& module);

class Snapshot {
 public:
  /// Takes all that a step changes. The memory of the last one is used again.
  void take(Module& module, Optimizer& optimizer);
  /// Puts it back. Of the same module and optimizer.
  void restore(Module& module, Optimizer& optimizer) const;
  /// Whether a matrix of the module was finite then and is not now: a mask of −∞ is no harm.
  bool lost_finite(Module& module) const;

 private:
  std::vector<Matrix> matrices_;  // matrices_of(module)
  std::vector<Random> randoms_;
  std::vector<Optimizer::State> states_;
  Index steps_ = 0;
  double learning_rate_ = 0;
};

}  // namespace evenkeel
