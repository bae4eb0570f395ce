// Tiles within one column: a tile is contiguous and stays in the cache between the passes over it.
#include <cmath>

#include "fused_kernels.hpp"

namespace evenkeel::fused {

namespace {

// gamma · xhat + beta along a run of entries: first with a gamma for each entry (features), then
// with one for all of them (the positions of a channel).
struct ScaleEach {
  const Scalar* gamma;
  template <class Lane>
  typename Lane::Value scale(Lane k, typename Lane::Value v) const {
    return k.load(gamma) * v;
  }
  template <class Lane>
  typename Lane::Value apply(Lane k, typename Lane::Value v) const {
    return scale(k, v);
  }
};

struct ScaleShiftEach {
  const Scalar* gamma;
  const Scalar* beta;
  template <class Lane>
  typename Lane::Value apply(Lane k, typename Lane::Value v) const {
    return k.load(gamma) * v + k.load(beta);
  }
};

struct ScaleShiftAll {
  Scalar gamma;
  Scalar beta;
  template <class Lane>
  typename Lane::Value scale(Lane, typename Lane::Value v) const {
    return gamma * v;
  }
  template <class Lane>
  typename Lane::Value apply(Lane, typename Lane::Value v) const {
    return gamma * v + beta;
  }
};

// One tile of x, with its statistics.
struct Tiled {
  const Scalar* x;
  Index size;
  Scalar mean;
  Scalar rstd;

  template <class Lane>
  typename Lane::Value xhat(Lane k) const {
    return (k.load(x) - mean) * rstd;
  }
  Tiled run(Index first, Index length) const { return {x + first, length, mean, rstd}; }
};

template <class Gain>
void write_y(const Tiled& run, Gain gain, Scalar* y) {
  simd::for_each(run.size, [&](auto k) { k.store(y, gain.apply(k, run.xhat(k))); });
}

// dx = rstd ⊙ (dxhat − mean(dxhat) − xhat ⊙ mean(dxhat ⊙ xhat)), dxhat = gamma ⊙ dy
template <class Gain>
void write_dx(const Tiled& run, Gain gain, const Scalar* dy, Scalar mean_dxhat,
              Scalar mean_dxhat_xhat, Scalar* dx) {
  simd::for_each(run.size, [&](auto k) {
    const simd::Number auto dxhat = gain.scale(k, k.load(dy));
    k.store(dx, run.rstd * (dxhat - mean_dxhat - run.xhat(k) * mean_dxhat_xhat));
  });
}

Tiled measure(const Norm& norm, const Scalar* x, Index t) {
  Normalize& stats = norm.stats;
  const Index size = stats.tile.rows;
  const Scalar n = static_cast<Scalar>(size);
  Scalar mean = 0;
  if (norm.centered()) {
    const Scalar pivot = x[0];
    mean = pivot + simd::sum(size, [&](auto k) { return k.load(x) - pivot; }) / n;
  }
  const Scalar square = simd::sum(size, [&](auto k) {
    const simd::Number auto deviation = k.load(x) - mean;
    return deviation * deviation;
  });
  stats.mean[t] = mean;
  stats.variance[t] = square / n;
  stats.rstd[t] = 1 / std::sqrt(square / n + static_cast<Scalar>(stats.eps));
  return {x, size, mean, stats.rstd[t]};
}

void forward_tile(const Norm& norm, const Tiled& tile, Index first_row, Scalar* y) {
  const Index positions = norm.positions();
  if (!norm.gamma) return write_y(tile, ScaleShiftAll{1, 0}, y);
  if (positions == 1 && norm.beta) {
    return write_y(tile, ScaleShiftEach{norm.gamma + first_row, norm.beta + first_row}, y);
  }
  if (positions == 1) return write_y(tile, ScaleEach{norm.gamma + first_row}, y);
  for (Index row = 0; row < tile.size; row += positions) {
    const Index channel = (first_row + row) / positions;
    const Scalar beta = norm.beta ? norm.beta[channel] : 0;
    write_y(tile.run(row, positions), ScaleShiftAll{norm.gamma[channel], beta}, y + row);
  }
}

// Each returns Σ dxhat and Σ dxhat ⊙ xhat over the tile, and adds to its channels' sums in `part`:
// Σ dy ⊙ xhat, and num_channels below it Σ dy.
using TileSums = std::array<Scalar, 2>;

TileSums plain_sums(const Tiled& tile, const Scalar* dy) {
  return simd::sums<2>(tile.size, [&](auto k) {
    return std::array{k.load(dy), k.load(dy) * tile.xhat(k)};
  });
}

TileSums feature_sums(const Norm& norm, const Tiled& tile, Index first_row, const Scalar* dy,
                      Scalar* part) {
  const Scalar* gamma = norm.gamma + first_row;
  Scalar* dgamma = part + first_row;
  Scalar* dbeta = dgamma + norm.num_channels;
  return simd::sums<2>(tile.size, [&](auto k) {
    using Value = typename decltype(k)::Value;  // a pack or one number
    const Value d = k.load(dy);
    const Value d_xhat = d * tile.xhat(k);
    k.store(dgamma, k.load(dgamma) + d_xhat);
    k.store(dbeta, k.load(dbeta) + d);
    const Value g = k.load(gamma);
    return std::array{g * d, g * d_xhat};
  });
}

TileSums channel_sums(const Norm& norm, const Tiled& tile, Index first_row, const Scalar* dy,
                      Scalar* part) {
  TileSums total{};
  const Index positions = norm.positions();
  for (Index row = 0; row < tile.size; row += positions) {
    const Index channel = (first_row + row) / positions;
    const TileSums sum = plain_sums(tile.run(row, positions), dy + row);
    part[channel] += sum[1];
    part[norm.num_channels + channel] += sum[0];
    for (int s = 0; s < 2; ++s) total[s] += norm.gamma[channel] * sum[s];
  }
  return total;
}

void backward_tile(const Norm& norm, const Tiled& tile, Index first_row, const Scalar* dy,
                   Scalar* part, Scalar* dx) {
  const Index positions = norm.positions();
  const TileSums sum = !norm.gamma      ? plain_sums(tile, dy)
                       : positions == 1 ? feature_sums(norm, tile, first_row, dy, part)
                                        : channel_sums(norm, tile, first_row, dy, part);
  if (!dx) return;
  const Scalar n = static_cast<Scalar>(tile.size);
  const Scalar mean_dxhat = norm.centered() ? sum[0] / n : 0;
  const Scalar mean_dxhat_xhat = sum[1] / n;
  if (!norm.gamma) {
    return write_dx(tile, ScaleShiftAll{1, 0}, dy, mean_dxhat, mean_dxhat_xhat, dx);
  }
  if (positions == 1) {
    return write_dx(tile, ScaleEach{norm.gamma + first_row}, dy, mean_dxhat, mean_dxhat_xhat, dx);
  }
  for (Index row = 0; row < tile.size; row += positions) {
    const ScaleShiftAll gain{norm.gamma[(first_row + row) / positions], 0};
    write_dx(tile.run(row, positions), gain, dy + row, mean_dxhat, mean_dxhat_xhat, dx + row);
  }
}

}  // namespace

void forward_columns(const Norm& norm, Matrix& y) {
  const Index tiles = norm.x.n_rows / norm.stats.tile.rows;
  const Blocks blocks(norm.x);
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index begin, Index end) {
    for (Index col = begin; col < end; ++col) {
      for (Index t = 0; t < tiles; ++t) {
        const Index row = t * norm.stats.tile.rows;
        const Tiled tile = measure(norm, norm.x.colptr(col) + row, col * tiles + t);
        forward_tile(norm, tile, row, y.colptr(col) + row);
      }
    }
  });
}

void backward_columns(const Norm& norm, const Matrix& dy, Gradients gradients) {
  Normalize& stats = norm.stats;
  Matrix& parts = stats.parts;
  const Index tile_rows = stats.tile.rows;
  const Index tiles = norm.x.n_rows / tile_rows;
  const Blocks blocks(norm.x);
  if (norm.gamma) parts.zeros(2 * norm.num_channels, blocks.count);
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index begin, Index end) {
    Scalar* part = norm.gamma ? parts.colptr(begin / blocks.columns) : nullptr;
    for (Index col = begin; col < end; ++col) {
      for (Index t = 0; t < tiles; ++t) {
        const Index row = t * tile_rows;
        const Index number = col * tiles + t;
        const Tiled tile{norm.x.colptr(col) + row, tile_rows, stats.mean[number],
                         stats.rstd[number]};
        Scalar* dx = gradients.dx ? gradients.dx->colptr(col) + row : nullptr;
        backward_tile(norm, tile, row, dy.colptr(col) + row, part, dx);
      }
    }
  });
  add_parts(parts, norm.num_channels, gradients);
}

}  // namespace evenkeel::fused
