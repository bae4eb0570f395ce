#include "evenkeel/norm/rms_norm.hpp"

namespace evenkeel {

Var rms_norm(Var x, Affine affine, double eps) {
  return record<Normalize>(norm_inputs("rms_norm", x, affine, x.rows()), [&](Normalize& op) {
    op.set("rms_norm", layer_tile(x.shape()), eps, Centering::keep_mean);
  });
}

}  // namespace evenkeel
