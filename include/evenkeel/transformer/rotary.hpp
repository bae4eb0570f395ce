#pragma once
// Rotary positions: each pair of features of q and of k is a point of the plane, rotated by an
// angle that grows with the token's position. The product of a rotated query and a rotated key then
// depends on how far they are apart and not on where they stand.
//
//   (y_2i, y_2i+1) = R(t ω_i) (x_2i, x_2i+1)        ω_i = base^(−2i/d),  i = 0 … d/2 − 1
//   dx = R(−t ω_i) dy                               R(a): rotation by a
//
// x, y: features × tokens, token t of a sequence in column b·length + t; each head
// of d features is rotated alike. Pairs are neighbours, as in the paper and in
// LLaMA's own code (others pair i with i + d/2).
// Paper: Su et al. 2021, "RoFormer: enhanced transformer with rotary position embedding",
// arXiv:2104.09864.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

struct RotaryOptions {
  Index head_features = 0;    ///< d
  Index sequence_length = 0;  ///< T
  Index rows = 0;  ///< only so many from above are rotated: of q, k and v q and k. 0: all
  double base = 10000;

  bool operator==(const RotaryOptions&) const = default;
};

/// Throws when d is odd or 0, does not divide the rows to be rotated, these are more
/// than x has, or T does not divide the tokens.
Var rotary(Var x, const RotaryOptions& options);

/// Sines and cosines of positions, to be added to the tokens: row 2i is sin(t ω_i), row 2i + 1
/// cos(t ω_i), with ω_i = 10000^(−2i/width). width × length. Vaswani et al. 2017, section 3.5.
Matrix sinusoidal_positions(Index width, Index length);

}  // namespace evenkeel
