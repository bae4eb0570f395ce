// BatchNorm on features: each row has one mean and variance over the batch. Blocks of columns are
// measured while they are in the cache, then merged in their order.
#include <cmath>

#include "fused_kernels.hpp"

namespace evenkeel::fused {

namespace {

// For each row k: N sums over the columns [first, last) of term(k, col); the s-th goes to
// out[s · rows + k]. Eight columns are read along each other, so that memory is read in order and a
// running sum is fetched once in eight additions.
template <std::size_t N, class Term>
void row_sums(Index rows, Index first, Index last, Scalar* out, Term term) {
  std::fill(out, out + N * rows, Scalar{0});
  for (Index group = first; group < last; group += 8) {
    const Index end = std::min(group + 8, last);
    simd::for_each(rows, [&](auto k) {
      std::array total = term(k, group);
      for (Index col = group + 1; col < end; ++col) {
        const std::array value = term(k, col);
        for (std::size_t s = 0; s < N; ++s) total[s] += value[s];
      }
      for (std::size_t s = 0; s < N; ++s) {
        Scalar* sum = out + s * rows;
        k.store(sum, k.load(sum) + total[s]);
      }
    });
  }
}

// y(k, col) = f(k, col) for the columns [first, last)
template <class Function>
void each_entry(Matrix& y, Index first, Index last, Function f) {
  for (Index col = first; col < last; ++col) {
    Scalar* to = y.colptr(col);
    simd::for_each(y.n_rows, [&](auto k) { k.store(to, f(k, col)); });
  }
}

// The mean and Σ (x − mean)² of each row over the columns [first, last).
void measure_block(const Matrix& x, Index first, Index last, Scalar* mean, Scalar* square) {
  const Scalar n = static_cast<Scalar>(last - first);
  const Scalar* pivot = x.colptr(first);
  row_sums<1>(x.n_rows, first, last, mean,
              [&](auto k, Index col) { return std::array{k.load(x.colptr(col)) - k.load(pivot)}; });
  for (Index k = 0; k < x.n_rows; ++k) mean[k] = pivot[k] + mean[k] / n;
  row_sums<1>(x.n_rows, first, last, square, [&](auto k, Index col) {
    const simd::Number auto deviation = k.load(x.colptr(col)) - k.load(mean);
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
    const Scalar n = static_cast<Scalar>(columns);
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

void forward_features(const Norm& norm, Matrix& y) {
  Normalize& stats = norm.stats;
  const Index channels = norm.num_channels;
  const Blocks blocks(norm.x);
  stats.parts.set_size(2 * channels, blocks.count);
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    Scalar* mean = stats.parts.colptr(first / blocks.columns);
    measure_block(norm.x, first, last, mean, mean + channels);
  });
  merge(norm, stats.parts, blocks);
  const Scalar* mean = stats.mean.memptr();
  const Scalar* rstd = stats.rstd.memptr();
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    each_entry(y, first, last, [&](auto k, Index col) {
      const simd::Number auto xhat = (k.load(norm.x.colptr(col)) - k.load(mean)) * k.load(rstd);
      const simd::Number auto scaled = norm.gamma ? k.load(norm.gamma) * xhat : xhat;
      return norm.beta ? scaled + k.load(norm.beta) : scaled;
    });
  });
}

void backward_features(const Norm& norm, const Matrix& dy, Gradients gradients) {
  const Index channels = norm.num_channels;
  const Scalar* mean = norm.stats.mean.memptr();
  const Scalar* rstd = norm.stats.rstd.memptr();
  const auto xhat = [&](auto k, Index col) {
    return (k.load(norm.x.colptr(col)) - k.load(mean)) * k.load(rstd);
  };
  const Blocks blocks(norm.x);
  Matrix& parts = norm.stats.parts;
  parts.set_size(2 * channels, blocks.count + 1);
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    Scalar* part = parts.colptr(first / blocks.columns);
    row_sums<2>(channels, first, last, part, [&](auto k, Index col) {
      const simd::Number auto d = k.load(dy.colptr(col));
      return std::array{d * xhat(k, col), d};
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
  // mean(dxhat) = gamma · dbeta / n, mean(dxhat ⊙ xhat) = gamma · dgamma / n: gamma factors out.
  const Scalar n = static_cast<Scalar>(norm.stats.tile.size());
  Scalar* mean_dy_xhat = dgamma;
  Scalar* mean_dy = dbeta;
  for (Index i = 0; i < 2 * channels; ++i) dgamma[i] /= n;
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    each_entry(*gradients.dx, first, last, [&](auto k, Index col) {
      const simd::Number auto centered = k.load(dy.colptr(col)) - k.load(mean_dy);
      const simd::Number auto dx = k.load(rstd) * (centered - xhat(k, col) * k.load(mean_dy_xhat));
      return norm.gamma ? k.load(norm.gamma) * dx : dx;
    });
  });
}

}  // namespace evenkeel::fused
