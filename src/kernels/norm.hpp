#pragma once
// The norms, fast. The formulas are in norm/normalize.cpp; the kernels
// give the same up to rounding (tests/norm/test_bodies.cpp says how far), but read x once for
// normalizing, scaling and shifting, and keep no xhat: backward computes it again, which is cheaper
// than fetching it from memory.
//
//   norm_columns.cpp   tiles within one column: LayerNorm, RMSNorm, GroupNorm, InstanceNorm
//   norm_batch.cpp     tiles over all columns: BatchNorm on features; also with given statistics
//   norm_images.cpp    the same where a channel has several positions
//
// Other tiles have no kernel.

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

/// y = gamma ⊙ (x − mean) ⊙ rstd + beta. Null: gamma is 1, beta 0.
struct Norm {
  const Matrix& x;  ///< channels·positions × samples
  Index channels;
  const Matrix* gamma;  ///< channels × 1
  const Matrix* beta;   ///< channels × 1
  Matrix& mean;         ///< one for each tile, as variance and rstd
  Matrix& rstd;         ///< 1/√(variance + eps)
  Matrix& parts;        ///< scratch buffer: the sums over blocks of columns
  Matrix* variance;     ///< null: mean and rstd are given, not measured; no gradient by them
  Index tile_rows, tile_cols;
  bool subtract_mean;  ///< false: the mean is 0
  Scalar eps;

  Index positions() const { return x.n_rows / channels; }
  bool within_a_column() const {
    return variance && tile_cols == 1 && tile_rows % positions() == 0;
  }
  bool over_the_batch() const {
    return tile_cols == x.n_cols && tile_rows == positions() && subtract_mean;
  }
};

/// Where backward writes; null: not wanted.
struct NormGradients {
  Matrix* dx;
  Matrix* dgamma;
  Matrix* dbeta;
};

// forward sizes and fills y, and the statistics if it measures them; backward, what is wanted.
void norm_columns_forward(const Norm& norm, Matrix& y);
void norm_columns_backward(const Norm& norm, const Matrix& dy, NormGradients gradients);
void norm_batch_forward(const Norm& norm, Matrix& y);
void norm_batch_backward(const Norm& norm, const Matrix& dy, NormGradients gradients);
void norm_images_forward(const Norm& norm, Matrix& y);
void norm_images_backward(const Norm& norm, const Matrix& dy, NormGradients gradients);

/// A mean is measured from a shift, the first entry: mean = shift + mean(x − shift), so that a
/// constant tile has exactly its constant as mean and a large mean costs no digits. A long sum is
/// taken a second time, from the mean that the first one found: its rounding, which grows with an
/// outlier in the first entry, is then gone.
inline int passes_for_mean(Index terms) {
  return terms > 4096 ? 2 : 1;
}

inline void set_statistics_size(const Norm& norm) {
  const Index down = norm.x.n_rows / norm.tile_rows;
  const Index across = norm.x.n_cols / norm.tile_cols;
  for (Matrix* statistic : {&norm.mean, norm.variance, &norm.rstd}) {
    statistic->set_size(down, across);
  }
}

/// Columns are worked on in blocks, at most 64 of them, whose sums are then added in their order:
/// the same bits for any number of threads.
struct ColumnBlocks {
  Index columns;  ///< in a block; the last may have fewer
  Index count;

  explicit ColumnBlocks(const Matrix& x)
      : columns(std::max<Index>((x.n_cols + 63) / 64,
                                block_for_cost(std::max<Index>(1, x.n_rows / 2)))),
        count((x.n_cols + columns - 1) / columns) {}
};

/// parts: 2·channels × blocks, above Σ dy ⊙ xhat, below Σ dy; fills dgamma and dbeta.
inline void add_parts(const Matrix& parts, Index channels, NormGradients gradients) {
  const auto add = [&](Matrix* total, Index first_row) {
    if (!total) return;
    total->zeros(channels, 1);
    for (Index block = 0; block < parts.n_cols; ++block) {
      const Scalar* part = parts.colptr(block) + first_row;
      for (Index channel = 0; channel < channels; ++channel) (*total)[channel] += part[channel];
    }
  };
  add(gradients.dgamma, 0);
  add(gradients.dbeta, channels);
}

}  // namespace evenkeel::kernels
