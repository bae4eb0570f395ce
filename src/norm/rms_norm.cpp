#include "evenkeel/norm/rms_norm.hpp"

namespace evenkeel {

Var rms_norm(Var x, Affine affine, double eps) {
  return record<Normalize>(norm_inputs("rms_norm", x, affine, x.rows()), [&](Normalize& op) {
    op.set("rms_norm", layer_tile(x.shape()), eps, Centering::keep_mean);
  });
}

RmsNorm::RmsNorm(Index num_features, RmsNormOptions options)
    : affine_(num_features, options.affine, options.bias), eps_(options.eps) {}

Var RmsNorm::operator()(Var x) {
  return rms_norm(x, affine_.inputs(), eps_);
}

}  // namespace evenkeel
