#include "evenkeel/norm/layer_norm.hpp"

#include "evenkeel/norm/normalize.hpp"

namespace evenkeel {

Var layer_norm(Var x, Affine affine, double eps) {
  const Var xhat = normalize(x, layer_tile(x.shape()), Centering::subtract_mean, eps);
  return apply_affine("layer_norm", xhat, affine, x.rows());
}

LayerNorm::LayerNorm(Index num_features, LayerNormOptions options)
    : affine_(num_features, options.affine, options.bias), eps_(options.eps) {}

Var LayerNorm::operator()(Var x) {
  return layer_norm(x, affine_.on(x.tape()), eps_);
}

}  // namespace evenkeel
