#pragma once
// How the columns of a matrix are cut into sequences: token t of sequence b is column b·length + t.

#include "evenkeel/core/types.hpp"

namespace evenkeel {

struct Sequences {
  Index length = 0;
  Matrix key_mask = {};  ///< length × sequences, 1: a token, 0: padding; empty: no padding
};

}  // namespace evenkeel
