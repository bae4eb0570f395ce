// Tiles within one column: a tile is contiguous and stays in the cache between the passes over it.
#include <cmath>

#include "kernels/norm.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

// gamma or beta along a run of entries: one for each entry (features), or one for all of them (the
// positions of a channel).
auto one_each(const Scalar* first) {
  return [first](auto k) { return k.load(first); };
}
auto one_for_all(Scalar value) {
  return [value](auto) { return value; };
}

// Entries of one tile, with its statistics.
struct Run {
  const Scalar* x;
  Index size;
  Scalar mean;
  Scalar rstd;

  template <class Lane>
  typename Lane::Value xhat(Lane k) const {
    return (k.load(x) - mean) * rstd;
  }
  Run part(Index first, Index length) const { return {x + first, length, mean, rstd}; }
};

template <class Gamma, class Beta>
void write_y(const Run& run, Gamma gamma, Beta beta, Scalar* y) {
  simd::for_each(run.size, [&](auto k) { k.store(y, gamma(k) * run.xhat(k) + beta(k)); });
}

struct TileMeans {
  Scalar dxhat;
  Scalar dxhat_xhat;
};

template <class Gamma>
void write_dx(const Run& run, Gamma gamma, const Scalar* dy, TileMeans mean, Scalar* dx) {
  simd::for_each(run.size, [&](auto k) {
    const simd::Number auto dxhat = gamma(k) * k.load(dy);
    k.store(dx, run.rstd * (dxhat - mean.dxhat - run.xhat(k) * mean.dxhat_xhat));
  });
}

Run measure(const Norm& norm, const Scalar* x, Index t) {
  const Index size = norm.tile_rows;
  const Scalar n = static_cast<Scalar>(size);
  Scalar mean = 0;
  if (norm.subtract_mean) {
    mean = x[0];
    for (int pass = 0; pass < passes_for_mean(size); ++pass) {
      mean += simd::sum(size, [shift = mean, x](auto k) { return k.load(x) - shift; }) / n;
    }
  }
  const Scalar square = simd::sum(size, [&](auto k) {
    const simd::Number auto deviation = k.load(x) - mean;
    return deviation * deviation;
  });
  const Scalar rstd = 1 / std::sqrt(square / n + norm.eps);
  norm.mean[t] = mean;
  (*norm.variance)[t] = square / n;
  norm.rstd[t] = rstd;
  return {x, size, mean, rstd};
}

void forward_tile(const Norm& norm, const Run& tile, Index first_row, Scalar* y) {
  const Index positions = norm.positions();
  if (norm.gamma && positions == 1) {
    const auto gamma = one_each(norm.gamma->memptr() + first_row);
    if (!norm.beta) return write_y(tile, gamma, one_for_all(0), y);
    return write_y(tile, gamma, one_each(norm.beta->memptr() + first_row), y);
  }
  const Index length = norm.gamma ? positions : tile.size;
  for (Index row = 0; row < tile.size; row += length) {
    const Index channel = (first_row + row) / positions;
    const Scalar gamma = norm.gamma ? (*norm.gamma)[channel] : 1;
    const Scalar beta = norm.beta ? (*norm.beta)[channel] : 0;
    write_y(tile.part(row, length), one_for_all(gamma), one_for_all(beta), y + row);
  }
}

// Both return Σ dxhat and Σ dxhat ⊙ xhat over the tile, and add to its channels' sums in `part`:
// Σ dy ⊙ xhat, and below them Σ dy.
using TileSums = std::array<Scalar, 2>;

TileSums sums_of_features(const Norm& norm, const Run& tile, Index first_row, const Scalar* dy,
                          Scalar* part) {
  const Scalar* gamma = norm.gamma->memptr() + first_row;
  Scalar* dgamma = part + first_row;
  Scalar* dbeta = dgamma + norm.channels;
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

TileSums sums_of_channels(const Norm& norm, const Run& tile, Index first_row, const Scalar* dy,
                          Scalar* part) {
  TileSums total{};
  const Index length = norm.gamma ? norm.positions() : tile.size;
  for (Index row = 0; row < tile.size; row += length) {
    const Run run = tile.part(row, length);
    const auto [sum, sum_xhat] = simd::sums<2>(length, [&](auto k) {
      return std::array{k.load(dy + row), k.load(dy + row) * run.xhat(k)};
    });
    const Index channel = (first_row + row) / norm.positions();
    const Scalar gamma = norm.gamma ? (*norm.gamma)[channel] : 1;
    total[0] += gamma * sum;
    total[1] += gamma * sum_xhat;
    if (!part) continue;
    part[channel] += sum_xhat;
    part[norm.channels + channel] += sum;
  }
  return total;
}

void backward_tile(const Norm& norm, const Run& tile, Index first_row, const Scalar* dy,
                   Scalar* part, Scalar* dx) {
  const Index positions = norm.positions();
  const bool features = norm.gamma && positions == 1;
  const TileSums sum = features ? sums_of_features(norm, tile, first_row, dy, part)
                                : sums_of_channels(norm, tile, first_row, dy, part);
  if (!dx) return;
  const Scalar n = static_cast<Scalar>(tile.size);
  const TileMeans mean{norm.subtract_mean ? sum[0] / n : 0, sum[1] / n};
  if (features) {
    return write_dx(tile, one_each(norm.gamma->memptr() + first_row), dy, mean, dx);
  }
  const Index length = norm.gamma ? positions : tile.size;
  for (Index row = 0; row < tile.size; row += length) {
    const Scalar gamma = norm.gamma ? (*norm.gamma)[(first_row + row) / positions] : 1;
    write_dx(tile.part(row, length), one_for_all(gamma), dy + row, mean, dx + row);
  }
}

}  // namespace

void norm_columns_forward(const Norm& norm, Matrix& y) {
  set_statistics_size(norm);
  y.set_size(norm.x.n_rows, norm.x.n_cols);
  const Index tiles = norm.x.n_rows / norm.tile_rows;
  parallel_blocks(norm.x.n_cols, ColumnBlocks(norm.x).columns, [&](Index first, Index last) {
    for (Index col = first; col < last; ++col) {
      for (Index t = 0; t < tiles; ++t) {
        const Index row = t * norm.tile_rows;
        const Run tile = measure(norm, norm.x.colptr(col) + row, col * tiles + t);
        forward_tile(norm, tile, row, y.colptr(col) + row);
      }
    }
  });
}

void norm_columns_backward(const Norm& norm, const Matrix& dy, NormGradients gradients) {
  if (gradients.dx) gradients.dx->set_size(norm.x.n_rows, norm.x.n_cols);
  const Index tiles = norm.x.n_rows / norm.tile_rows;
  const ColumnBlocks blocks(norm.x);
  if (norm.gamma) norm.parts.zeros(2 * norm.channels, blocks.count);
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    Scalar* part = norm.gamma ? norm.parts.colptr(first / blocks.columns) : nullptr;
    for (Index col = first; col < last; ++col) {
      for (Index t = 0; t < tiles; ++t) {
        const Index row = t * norm.tile_rows;
        const Run tile{norm.x.colptr(col) + row, norm.tile_rows, norm.mean[col * tiles + t],
                       norm.rstd[col * tiles + t]};
        Scalar* dx = gradients.dx ? gradients.dx->colptr(col) + row : nullptr;
        backward_tile(norm, tile, row, dy.colptr(col) + row, part, dx);
      }
    }
  });
  add_parts(norm.parts, norm.channels, gradients);
}

}  // namespace evenkeel::kernels
