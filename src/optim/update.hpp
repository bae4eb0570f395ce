#pragma once
// The loop of an update: the formula is written once, for one entry or several side by side.

#include "evenkeel/core/kernels.hpp"
#include "evenkeel/core/parallel.hpp"
#include "kernels/simd.hpp"

namespace evenkeel {

/// body(k) for every entry of n; plain kernels take one entry at a time.
template <class Body>
void update_entries(Index n, Body body) {
  parallel_blocks(n, block_for_cost(1), [&](Index first, Index last) {
    if (!fast_kernels()) {
      for (Index k = first; k < last; ++k) body(simd::SingleLane{k});
    } else {
      simd::for_each(last - first, [&](auto k) { body(decltype(k){first + k.k}); });
    }
  });
}

/// The memory of a parameter starts as zeros of its shape.
inline void start_at_zero(Matrix& memory, const Matrix& value) {
  if (memory.n_rows != value.n_rows || memory.n_cols != value.n_cols) {
    memory.zeros(value.n_rows, value.n_cols);
  }
}

}  // namespace evenkeel
