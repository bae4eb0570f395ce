#include "evenkeel/norm/layer_norm.hpp"

namespace evenkeel {

Var layer_norm(Var x, Affine affine, double eps) {
  return record<Normalize>(norm_inputs("layer_norm", x, affine, x.rows()), [&](Normalize& op) {
    op.set("layer_norm", layer_tile(x.shape()), eps);
  });
}

}  // namespace evenkeel
