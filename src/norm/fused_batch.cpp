// Tiles over all columns: each channel has one mean and variance over the batch and its positions.
// Blocks of columns are measured while they are in the cache, then merged in their order.
#include <cmath>

#include "fused_kernels.hpp"

namespace evenkeel::fused {

namespace {

// Σ over positions and the columns [first, last) of N terms, for each channel; the s-th sum of channel
// c goes to out[s · channels + c]. term(k, col, c) sees an entry k of the column and its channel c.
template <std::size_t N, class Term>
void channel_sums(const Norm& norm, Index first, Index last, Scalar* out, Term term) {
  const Index positions = norm.positions();
  const Index channels = norm.num_channels;
  std::fill(out, out + N * channels, Scalar{0});
  if (positions > 1) {
    for (Index channel = 0; channel < channels; ++channel) {
      const simd::SingleLane c{channel};
      for (Index col = first; col < last; ++col) {
        const std::array<Scalar, N> sum = simd::sums<N>(positions, [&](auto k) {
          return term(decltype(k){channel * positions + k.k}, col, c);
        });
        for (std::size_t s = 0; s < N; ++s) out[s * channels + channel] += sum[s];
      }
    }
    return;
  }
  // Channels stand side by side: eight columns are read along each other, so that memory is read in
  // order and a running sum is fetched once in eight additions.
  for (Index group = first; group < last; group += 8) {
    const Index end = std::min(group + 8, last);
    simd::for_each(channels, [&](auto k) {
      auto total = term(k, group, k);
      for (Index col = group + 1; col < end; ++col) {
        const auto value = term(k, col, k);
        for (std::size_t s = 0; s < N; ++s) total[s] += value[s];
      }
      for (std::size_t s = 0; s < N; ++s) {
        Scalar* sum = out + s * channels;
        k.store(sum, k.load(sum) + total[s]);
      }
    });
  }
}

// y(k, col) = f(lane, channel's lane, column) for the columns [first, last)
template <class Function>
void each_entry(const Norm& norm, Index first, Index last, Matrix& y, Function f) {
  const Index positions = norm.positions();
  for (Index col = first; col < last; ++col) {
    Scalar* to = y.colptr(col);
    if (positions == 1) {
      simd::for_each(norm.num_channels, [&](auto k) { k.store(to, f(k, k, col)); });
      continue;
    }
    for (Index channel = 0; channel < norm.num_channels; ++channel) {
      simd::for_each(positions, [&](auto k) {
        const decltype(k) entry{channel * positions + k.k};
        entry.store(to, f(entry, simd::SingleLane{channel}, col));
      });
    }
  }
}

// The mean and Σ (x − mean)² of each channel over the columns [first, last).
void measure_block(const Norm& norm, Index first, Index last, Scalar* mean, Scalar* square) {
  const Index positions = norm.positions();
  const Scalar n = static_cast<Scalar>((last - first) * positions);
  Scalar* pivot = square;  // until the squares come
  for (Index c = 0; c < norm.num_channels; ++c) pivot[c] = norm.x(c * positions, first);
  channel_sums<1>(norm, first, last, mean, [&](auto k, Index col, auto c) {
    return std::array{k.load(norm.x.colptr(col)) - c.load(pivot)};
  });
  for (Index c = 0; c < norm.num_channels; ++c) mean[c] = pivot[c] + mean[c] / n;
  channel_sums<1>(norm, first, last, square, [&](auto k, Index col, auto c) {
    const auto deviation = k.load(norm.x.colptr(col)) - c.load(mean);
    return std::array{deviation * deviation};
  });
}

// Means and squares of the blocks into those of the whole batch.
// Source: Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance".
void merge(const Norm& norm, const Matrix& parts, const Blocks& blocks) {
  Normalize& stats = norm.stats;
  const Index channels = norm.num_channels;
  Scalar so_far = 0;
  stats.mean.zeros(channels, 1);
  stats.variance.zeros(channels, 1);
  for (Index b = 0; b < blocks.count; ++b) {
    const Index columns = std::min(blocks.columns, norm.x.n_cols - b * blocks.columns);
    const Scalar n = static_cast<Scalar>(columns * norm.positions());
    const Scalar share = n / (so_far + n);
    const Scalar* mean = parts.colptr(b);
    const Scalar* square = mean + channels;
    for (Index c = 0; c < channels; ++c) {
      const Scalar step = b == 0 ? mean[c] : mean[c] - stats.mean[c];
      stats.mean[c] += step * share;
      stats.variance[c] += square[c] + (b == 0 ? 0 : step * step * so_far * share);
    }
    so_far += n;
  }
  stats.variance /= so_far;
  stats.rstd = 1 / arma::sqrt(stats.variance + static_cast<Scalar>(stats.eps));
}

}  // namespace

void forward_batch(const Norm& norm, Matrix& y) {
  Normalize& stats = norm.stats;
  const Index channels = norm.num_channels;
  const Blocks blocks(norm.x);
  stats.parts.set_size(2 * channels, blocks.count);
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    Scalar* mean = stats.parts.colptr(first / blocks.columns);
    measure_block(norm, first, last, mean, mean + channels);
  });
  merge(norm, stats.parts, blocks);
  const Scalar* mean = stats.mean.memptr();
  const Scalar* rstd = stats.rstd.memptr();
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    each_entry(norm, first, last, y, [&](auto k, auto c, Index col) {
      const auto xhat = (k.load(norm.x.colptr(col)) - c.load(mean)) * c.load(rstd);
      const auto scaled = norm.gamma ? c.load(norm.gamma) * xhat : xhat;
      return norm.beta ? scaled + c.load(norm.beta) : scaled;
    });
  });
}

void backward_batch(const Norm& norm, const Matrix& dy, Gradients gradients) {
  const Index channels = norm.num_channels;
  const Scalar* mean = norm.stats.mean.memptr();
  const Scalar* rstd = norm.stats.rstd.memptr();
  const auto xhat = [&](auto k, auto c, Index col) {
    return (k.load(norm.x.colptr(col)) - c.load(mean)) * c.load(rstd);
  };
  const Blocks blocks(norm.x);
  Matrix& parts = norm.stats.parts;
  parts.set_size(2 * channels, blocks.count + 1);
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    Scalar* part = parts.colptr(first / blocks.columns);
    channel_sums<2>(norm, first, last, part, [&](auto k, Index col, auto c) {
      const auto d = k.load(dy.colptr(col));
      return std::array{d * xhat(k, c, col), d};
    });
  });
  // The last column of parts: the sums of all blocks.
  Scalar* dgamma = parts.colptr(blocks.count);
  Scalar* dbeta = dgamma + channels;
  std::fill(dgamma, dgamma + 2 * channels, Scalar{0});
  for (Index b = 0; b < blocks.count; ++b) {
    for (Index i = 0; i < 2 * channels; ++i) dgamma[i] += parts(i, b);
  }
  const auto hand_out = [&](Matrix* to, const Scalar* sums) {
    if (!to) return;
    to->set_size(channels, 1);
    std::copy(sums, sums + channels, to->memptr());
  };
  hand_out(gradients.dgamma, dgamma);
  hand_out(gradients.dbeta, dbeta);
  if (!gradients.dx) return;
  // mean(dxhat) = gamma · dbeta / n and mean(dxhat ⊙ xhat) = gamma · dgamma / n, so gamma factors out.
  const Scalar n = static_cast<Scalar>(norm.stats.tile.size());
  Scalar* mean_dy_xhat = dgamma;
  Scalar* mean_dy = dbeta;
  for (Index i = 0; i < 2 * channels; ++i) dgamma[i] /= n;
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    each_entry(norm, first, last, *gradients.dx, [&](auto k, auto c, Index col) {
      const auto centered = k.load(dy.colptr(col)) - c.load(mean_dy);
      const auto dx = c.load(rstd) * (centered - xhat(k, c, col) * c.load(mean_dy_xhat));
      return norm.gamma ? c.load(norm.gamma) * dx : dx;
    });
  });
}

}  // namespace evenkeel::fused
