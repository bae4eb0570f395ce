#include "evenkeel/norm/group_norm.hpp"

#include "base/fail.hpp"

namespace evenkeel {

namespace {

void require_groups(Index num_groups, Index num_channels) {
  if (num_groups > 0 && num_channels % num_groups == 0) return;
  fail("group_norm", "{} channels cannot be cut into {} groups", num_channels, num_groups);
}

}  // namespace

Var group_norm(Var x, Index num_groups, Index num_channels, Affine affine, double eps,
               Index sequence_length) {
  require_groups(num_groups, num_channels);
  const Tile tile = group_tile(x.shape(), num_groups, sequence_length);
  return record<Normalize>(norm_inputs("group_norm", x, affine, num_channels),
                           [&](Normalize& op) { op.set("group_norm", tile, eps); });
}

GroupNorm::GroupNorm(Index num_groups, Index num_channels, GroupNormOptions options)
    : affine_(num_channels, options.affine, options.bias),
      num_groups_(num_groups),
      num_channels_(num_channels),
      options_(options) {
  require_groups(num_groups, num_channels);
}

Var GroupNorm::operator()(Var x) {
  return group_norm(x, num_groups_, num_channels_, affine_.inputs(), options_.eps,
                    options_.sequence_length);
}

}  // namespace evenkeel
