#pragma once
// A norm is the shape of a tile. Cut the matrix (features × samples) into equal rectangles; all
// entries of one rectangle share one mean and one variance. Only the tile differs:
//
//   norm                            tile: rows             × columns
//   LayerNorm, RMSNorm              all                      1
//   GroupNorm(G)                    rows / G                 1, or T on sequences of T tokens
//   InstanceNorm(C)                 rows / C = positions     1, or T on sequences of T tokens
//   BatchNorm(C)                    rows / C = positions     all
//   the whole tensor                all                      all
//
// with G groups, C channels, P positions, T tokens in a sequence.
//
// An image is a column of channels × positions, position fastest (row = channel·P + position),
// which is PyTorch's (N, C, H, W); token t of sequence b is column b·T + t. Plain features
// have P = 1.

#include <string_view>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

using Tile = Shape;

/// The tiles of the norms for an x of this shape. `sequence_length` is T above. Throw an Error of
/// `norm` that names the numbers when they do not divide.
Tile layer_tile(Shape x);
Tile group_tile(Shape x, Index num_groups, Index sequence_length = 1,
                std::string_view norm = "group_norm");
Tile instance_tile(Shape x, Index num_channels, Index sequence_length = 1,
                   std::string_view norm = "instance_norm");
Tile batch_tile(Shape x, Index num_channels, std::string_view norm = "batch_norm");

/// How many tiles stand down and across; throws unless tiles cover x exactly.
Shape tile_grid(std::string_view op, Shape x, Tile tile);

/// The sum of each tile: one entry per tile, tiles down × tiles across. Adds in a wider type than
/// Scalar, so that rounding does not grow with the tile.
Matrix tile_sum(const Matrix& x, Tile tile);

/// The mean of each tile. A constant tile has exactly its constant as mean.
Matrix tile_mean(const Matrix& x, Tile tile);

/// The opposite: each tile filled with its entry of `per_tile`.
Matrix broadcast(const Matrix& per_tile, Tile tile);

}  // namespace evenkeel
