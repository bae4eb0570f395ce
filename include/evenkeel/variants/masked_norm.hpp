#pragma once
// Statistics of the valid entries alone, so that padding does not pollute them.
//
//   n        = Σ mask                        the count of valid entries of each tile
//   mean     = Σ mask ⊙ x / n
//   variance = Σ mask ⊙ (x − mean)² / n
//   y        = mask ⊙ (gamma ⊙ (x − mean) / √(variance + eps) + beta)
//
// x, y: channels·positions × samples; mask: 1 a value, 0 padding, x's shape or 1 × samples (tokens
// are samples here); gamma, beta: channels × 1. Sums over the tile, each divided by its own n.
// What stands in the padding (anything finite) changes no y, and gets no gradient; its y is 0, also
// where a whole tile is padding. With a mask of ones it is the norm of that tile.
// Source: derived; PyTorch has no such norm (its issues 70529 and 81985 ask for one).

#include "evenkeel/norm/running_stats.hpp"

namespace evenkeel {

/// Over any tile that divides x, with eps > 0 where a tile may be all padding. Throws when it does
/// not divide x, or the mask has another shape.
Var masked_norm(Var x, const Matrix& mask, Tile tile, Affine affine = {}, double eps = 1e-5,
                Centering centering = Centering::subtract_mean);

/// BatchNorm's training over valid samples; in evaluation there is nothing to mask
/// (batch_norm_eval). mask: 1 × samples. Takes the statistics into `running` unless it is null.
/// Throws as masked_norm, and when a channel has one valid value or none.
Var masked_batch_norm(Var x, const Matrix& mask, Index num_channels, Affine affine = {},
                      double eps = 1e-5, RunningStats* running = nullptr);

}  // namespace evenkeel
