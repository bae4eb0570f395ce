#pragma once
// The fast bodies of Normalize, NormalizeScale and NormalizeScaleShift for the two common
// shapes of a tile: within one column (LayerNorm, RMSNorm, GroupNorm, InstanceNorm;
// fused_columns.cpp) and over all columns (BatchNorm; fused_features.cpp and fused_images.cpp).
// They read x once for both steps and give what the plain bodies give, up to rounding; a test
// holds them equal. Other tiles have no fused body.

#include "evenkeel/core/parallel.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::fused {

/// The norm of x: gamma null means 1, beta null 0; x's rows are num_channels × positions.
struct Norm {
  const Matrix& x;
  Normalize& stats;
  Index num_channels;
  const Scalar* gamma = nullptr;
  const Scalar* beta = nullptr;

  Index positions() const { return x.n_rows / num_channels; }
  bool centered() const { return stats.centering == Centering::subtract_mean; }
};

/// Where backward writes; null: not wanted. dgamma and dbeta: num_channels × 1.
struct Gradients {
  Matrix* dx;
  Matrix* dgamma = nullptr;
  Matrix* dbeta = nullptr;
};

/// Whether there is a fused body; x is n×m, non-empty, and the tile divides it.
bool fits(const Norm& norm);

void forward(const Norm& norm, Matrix& y);
void backward(const Norm& norm, const Matrix& dy, Gradients gradients);

// --- the shapes ------------------------------------------------------------------------------

void forward_columns(const Norm& norm, Matrix& y);
void backward_columns(const Norm& norm, const Matrix& dy, Gradients gradients);
void forward_features(const Norm& norm, Matrix& y);
void backward_features(const Norm& norm, const Matrix& dy, Gradients gradients);
void forward_images(const Norm& norm, Matrix& y);
void backward_images(const Norm& norm, const Matrix& dy, Gradients gradients);

/// Columns are worked on in blocks, at most 64 of them, whose sums are then added in their
/// order: the same bits for any number of threads.
struct Blocks {
  Index columns;  ///< in a block; the last may have fewer
  Index count;

  explicit Blocks(const Matrix& x)
      : columns(std::max((x.n_cols + 63) / 64, block_for_cost(std::max<Index>(1, x.n_rows / 2)))),
        count((x.n_cols + columns - 1) / columns) {}
};

/// parts: 2·channels × blocks, above Σ dy ⊙ xhat, below Σ dy. Adds the blocks up.
void add_parts(const Matrix& parts, Index num_channels, Gradients gradients);

}  // namespace evenkeel::fused
