#include "evenkeel/norm/rms_norm.hpp"

#include "evenkeel/norm/normalize_scale_shift.hpp"

namespace evenkeel {

Var rms_norm(Var x, Affine affine, double eps) {
  return normalize_affine("rms_norm", x, layer_tile(x.shape()), Centering::keep_mean, eps, affine,
                          x.rows());
}

RmsNorm::RmsNorm(Index num_features, RmsNormOptions options)
    : affine_(num_features, options.affine, options.bias), eps_(options.eps) {}

Var RmsNorm::operator()(Var x) {
  return rms_norm(x, affine_.inputs(), eps_);
}

}  // namespace evenkeel
