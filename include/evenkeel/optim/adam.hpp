#pragma once
// Adam and AdamW. In step t = 1, 2, …
//
//   Adam:  g = gradient + weight_decay · w        AdamW:  g = gradient
//                                                         w = w − learning_rate · weight_decay · w
//   m = beta1 · m + (1 − beta1) · g
//   v = beta2 · v + (1 − beta2) · g²
//   w = w − learning_rate · (m / (1 − beta1^t)) / (√(v / (1 − beta2^t)) + eps)
//
// Conventions: PyTorch's (torch.optim.Adam, AdamW): eps stands outside the root.
// Papers: Kingma & Ba 2015, arXiv:1412.6980; Loshchilov & Hutter 2019, arXiv:1711.05101.

#include <optional>

#include "evenkeel/optim/optimizer.hpp"

namespace evenkeel {

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  std::optional<double> weight_decay = {};  ///< left out: 0 for Adam, 0.01 for AdamW
};
using AdamWOptions = AdamOptions;

/// With weight decay as a part of the gradient.
class Adam : public Optimizer {
 public:
  /// Throws when an option is out of its range.
  Adam(const ParameterGroups& groups, AdamOptions options = {}) : Adam(groups, options, false, 0) {}
  std::string_view name() const override { return "adam"; }

 protected:
  Adam(const ParameterGroups& groups, AdamOptions options, bool decoupled, double weight_decay);

 private:
  int remembered() const override { return 2; }
  void update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) override;

  AdamOptions options_;
  bool decoupled_;  // AdamW's decay
};

/// With weight decay apart from the gradient, which Adam's division would rescale.
class AdamW final : public Adam {
 public:
  /// Throws when an option is out of its range.
  AdamW(const ParameterGroups& groups, AdamOptions options = {})
      : Adam(groups, options, true, 0.01) {}
  std::string_view name() const override { return "adamw"; }
};

}  // namespace evenkeel
