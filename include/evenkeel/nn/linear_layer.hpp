#pragma once
// The linear layer: y = W x + b.
//
// x: in × samples; y: out × samples; weight: out × in; bias: out × 1. The op is in ops/linear.hpp.
// Starts with weights N(0, sd²), sd = 1/√in unless told otherwise (LeCun et al. 1998,
// "Efficient BackProp": outputs as large as inputs), and bias 0. PyTorch starts with uniform
// weights of sd 1/√(3·in) and a random bias.

#include <optional>

#include "evenkeel/core/any_layer.hpp"
#include "evenkeel/nn/init.hpp"

namespace evenkeel {

struct LinearOptions {
  bool bias = true;
  double sd = 0;      ///< of the first weights; 0: what init says
  Init init = lecun;  ///< he, xavier, orthogonal, … (init.hpp)
  /// What the weight goes through before its use: WeightStandardization, or a layer of one's own.
  std::optional<AnyLayer> parametrization = {};
};

class LinearLayer final : public Layer {
 public:
  /// Throws when in or out is 0, or sd is negative.
  LinearLayer(Index in, Index out, Random& random, LinearOptions options = {});
  Var operator()(Var x) override;
  void members(Members& m) override;

  Parameter weight;
  Parameter bias;  ///< empty without bias
  std::optional<AnyLayer> parametrization;
};

}  // namespace evenkeel
