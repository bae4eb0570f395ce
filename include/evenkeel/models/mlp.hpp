#pragma once
// A multi-layer perceptron of any depth, with any norm:
//
//   h ← relu(norm(W h + b))  for each hidden layer        y = W h + b  at the end
//
// x: widths.front() × samples; y: widths.back() × samples. A layer that a norm follows
// has no b: the norm's beta takes its place.
// The last layer starts with N(0, 1/fan_in), whatever `init` says for the hidden ones, and without
// parametrization.

#include <vector>

#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/norm/image_norm.hpp"

namespace evenkeel {

struct MlpOptions {
  std::vector<Index> widths;                     ///< features in, of each hidden layer, out
  MakeImageNorm norm = {};                       ///< empty: none
  Init init = he;                                ///< of the hidden layers
  std::optional<AnyLayer> parametrization = {};  ///< of their weights: WeightStandardization
};

class Mlp final : public Layer {
 public:
  /// Throws when there are fewer than two widths, or one is 0.
  Mlp(const MlpOptions& options, Random& random);
  Var operator()(Var x) override;
  void members(Members& m) override;  ///< layers.0, norms.0, layers.1, …

  std::vector<LinearLayer> layers;
  std::vector<AnyLayer> norms;  ///< one for each hidden layer, or none at all
};

}  // namespace evenkeel
