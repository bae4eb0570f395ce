#include "evenkeel/norm/layer_norm.hpp"

namespace evenkeel {

Var layer_norm(Var x, Affine affine, double eps) {
  return record<Normalize>(norm_inputs("layer_norm", x, affine, x.rows()), [&](Normalize& op) {
    op.set("layer_norm", layer_tile(x.shape()), eps);
  });
}

LayerNorm::LayerNorm(Index num_features, LayerNormOptions options)
    : affine_(num_features, options.affine, options.bias), eps_(options.eps) {}

Var LayerNorm::operator()(Var x) {
  return layer_norm(x, affine_.inputs(), eps_);
}

}  // namespace evenkeel
