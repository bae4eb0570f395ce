#pragma once
// GroupNorm: the channels of a sample are cut into groups, and each group is normalized on its own.
// One group is LayerNorm's tile; as many groups as channels is InstanceNorm's.
//
//   y = gamma ⊙ (x − mean) / √(variance + eps) + beta
//
// x, y: channels·positions × samples (image columns, position fastest; plain features have one
// position), or channels × (sequences·T) with sequence_length = T, as PyTorch's (N, C, T);
// mean and variance: one per sample and group; gamma, beta: channels × 1.
// Tile: the rows of one group × 1 (× T on sequences). Training and evaluation are the same.
// Conventions: biased variance, eps inside the root; group g holds channels g·C/G … (g+1)·C/G − 1
// (PyTorch: torch.nn.GroupNorm).
// Paper: Wu & He 2018, "Group Normalization", arXiv:1803.08494.

#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

/// A group of one value becomes 0 (then beta), for eps > 0. Throws when num_groups does not divide
/// num_channels, num_channels the rows, sequence_length the columns, eps is negative, or gamma or
/// beta is not channels × 1.
Var group_norm(Var x, Index num_groups, Index num_channels, Affine affine = {}, double eps = 1e-5,
               Index sequence_length = 1);

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;         ///< learn gamma and beta
  bool bias = true;           ///< false: gamma only
  Index sequence_length = 1;  ///< T: statistics over the T columns of a sequence too
  Centering centering = Centering::subtract_mean;  ///< keep_mean: an RMSNorm of each group
  std::string_view name = "group_norm";            ///< a string literal: what the tape calls it
};

class GroupNorm final : public Layer {
 public:
  GroupNorm(Index num_groups, Index num_channels, GroupNormOptions options = {});
  Var operator()(Var x) override;
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;
  Index num_groups_;
  Index num_channels_;
  GroupNormOptions options_;
};

}  // namespace evenkeel
