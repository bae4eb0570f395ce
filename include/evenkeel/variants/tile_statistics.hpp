#pragma once
// The statistics of a tile as values of the tape: for norms that take a mean from one tile and a
// deviation from another, or look at a part of a tile only. Normalize is these and more in one op.
//
//   tile_mean:       y = the mean of the tile around each entry;  dx = the mean of dy around each
//   tile_deviation:  y = √(tile_mean((x − tile_mean(x))²) + eps)
//
// x, y: any shape that the tile divides, the same for both. The gradient of the mean is its own
// formula: y = P x, and P, all 1/n within a tile, is symmetric.
// Conventions: biased variance; eps inside the root; two passes.

#include "evenkeel/norm/normalize.hpp"

namespace evenkeel {

/// Throws when the tile does not divide x.
Var tile_mean(Var x, Tile tile);

/// With keep_mean the root mean square: √(tile_mean(x²) + eps). Throws when the tile does not
/// divide x. With eps = 0 a constant tile has no gradient (NaN).
Var tile_deviation(Var x, Tile tile, Centering centering = Centering::subtract_mean,
                   double eps = 1e-5);

}  // namespace evenkeel
