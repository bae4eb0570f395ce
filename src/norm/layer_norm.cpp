#include "evenkeel/norm/layer_norm.hpp"

#include "evenkeel/norm/normalize_scale_shift.hpp"

namespace evenkeel {

Var layer_norm(Var x, Affine affine, double eps) {
  return normalize_affine("layer_norm", x, layer_tile(x.shape()), Centering::subtract_mean, eps,
                          affine, x.rows());
}

LayerNorm::LayerNorm(Index num_features, LayerNormOptions options)
    : affine_(num_features, options.affine, options.bias), eps_(options.eps) {}

Var LayerNorm::operator()(Var x) {
  return layer_norm(x, affine_.inputs(), eps_);
}

}  // namespace evenkeel
