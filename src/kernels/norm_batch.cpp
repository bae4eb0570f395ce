// BatchNorm on features: each row has one mean and variance over the batch. Blocks of columns are
// measured while they are in the cache, then merged in their order.
#include <cmath>
#include <vector>

#include "kernels/norm.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

using Numbers = std::vector<Scalar>;

// For each row k: N sums over the columns [first, last) of term(k, col); the s-th goes to
// out[s · rows + k]. Eight columns are read along each other, so that memory is read in order and a
// running sum is fetched once in eight additions; 256 columns are added up apart, which keeps the
// rounding error of large batches small.
template <std::size_t N, class Term>
void sums_of_rows(Index rows, Index first, Index last, Scalar* out, Term term) {
  std::fill(out, out + N * rows, Scalar{0});
  Numbers part(N * rows);
  for (Index start = first; start < last; start += 256) {
    const Index stop = std::min(start + 256, last);
    std::fill(part.begin(), part.end(), Scalar{0});
    for (Index group = start; group < stop; group += 8) {
      const Index end = std::min(group + 8, stop);
      simd::for_each(rows, [&](auto k) {
        std::array total = term(k, group);
        for (Index col = group + 1; col < end; ++col) {
          const std::array value = term(k, col);
          for (std::size_t s = 0; s < N; ++s) total[s] += value[s];
        }
        for (std::size_t s = 0; s < N; ++s) {
          Scalar* sum = part.data() + s * rows;
          k.store(sum, k.load(sum) + total[s]);
        }
      });
    }
    for (Index i = 0; i < N * rows; ++i) out[i] += part[i];
  }
}

// y(k, col) = f(k, col) for the columns [first, last)
template <class Function>
void fill_columns(Matrix& y, Index first, Index last, Function f) {
  for (Index col = first; col < last; ++col) {
    Scalar* to = y.colptr(col);
    simd::for_each(y.n_rows, [&](auto k) { k.store(to, f(k, col)); });
  }
}

// The mean and Σ (x − mean)² of each row over the columns [first, last).
void measure_block(const Matrix& x, Index first, Index last, Scalar* mean, Scalar* square) {
  const Scalar n = static_cast<Scalar>(last - first);
  const Scalar* shift = x.colptr(first);
  sums_of_rows<1>(x.n_rows, first, last, mean, [&](auto k, Index col) {
    return std::array{k.load(x.colptr(col)) - k.load(shift)};
  });
  for (Index k = 0; k < x.n_rows; ++k) mean[k] = shift[k] + mean[k] / n;
  sums_of_rows<1>(x.n_rows, first, last, square, [&](auto k, Index col) {
    const simd::Number auto deviation = k.load(x.colptr(col)) - k.load(mean);
    return std::array{deviation * deviation};
  });
}

// Means and squares of the blocks into those of the whole batch.
// Source: Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance".
void merge(const Norm& norm, const ColumnBlocks& blocks) {
  Matrix& mean = norm.mean;
  Matrix& variance = *norm.variance;
  mean.zeros();
  variance.zeros();
  Scalar so_far = 0;
  for (Index b = 0; b < blocks.count; ++b) {
    const Scalar n =
        static_cast<Scalar>(std::min(blocks.columns, norm.x.n_cols - b * blocks.columns));
    const Scalar share = n / (so_far + n);
    const Scalar* block_mean = norm.parts.colptr(b);
    const Scalar* block_square = block_mean + norm.channels;
    for (Index c = 0; c < norm.channels; ++c) {
      const Scalar step = block_mean[c] - mean[c];
      mean[c] = b == 0 ? block_mean[c] : mean[c] + step * share;
      variance[c] += block_square[c] + (b == 0 ? 0 : step * step * so_far * share);
    }
    so_far += n;
  }
  variance /= so_far;
  norm.rstd = 1 / arma::sqrt(variance + norm.eps);
}

void measure(const Norm& norm) {
  set_statistics_size(norm);
  const ColumnBlocks blocks(norm.x);
  norm.parts.set_size(2 * norm.channels, blocks.count);
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    Scalar* mean = norm.parts.colptr(first / blocks.columns);
    measure_block(norm.x, first, last, mean, mean + norm.channels);
  });
  merge(norm, blocks);
}

// What there is of gamma or beta, or a constant for each channel.
Numbers numbers(const Matrix* given, Index channels, Scalar otherwise) {
  if (!given) return Numbers(channels, otherwise);
  return {given->begin(), given->end()};
}

}  // namespace

void norm_batch_forward(const Norm& norm, Matrix& y) {
  if (norm.positions() > 1) return norm_images_forward(norm, y);
  if (norm.variance) measure(norm);
  y.set_size(norm.x.n_rows, norm.x.n_cols);
  const Numbers gammas = numbers(norm.gamma, norm.channels, 1);
  const Numbers betas = numbers(norm.beta, norm.channels, 0);
  const Scalar *mean = norm.mean.memptr(), *rstd = norm.rstd.memptr();
  const Scalar *gamma = gammas.data(), *beta = betas.data();
  parallel_blocks(norm.x.n_cols, ColumnBlocks(norm.x).columns, [&](Index first, Index last) {
    fill_columns(y, first, last, [=, &x = norm.x](auto k, Index col) {
      const simd::Number auto xhat = (k.load(x.colptr(col)) - k.load(mean)) * k.load(rstd);
      return k.load(gamma) * xhat + k.load(beta);
    });
  });
}

void norm_batch_backward(const Norm& norm, const Matrix& dy, NormGradients gradients) {
  if (norm.positions() > 1) return norm_images_backward(norm, dy, gradients);
  const Index channels = norm.channels;
  const Scalar *mean = norm.mean.memptr(), *rstd = norm.rstd.memptr();
  const auto xhat = [=, &x = norm.x](auto k, Index col) {
    return (k.load(x.colptr(col)) - k.load(mean)) * k.load(rstd);
  };
  const ColumnBlocks blocks(norm.x);
  const bool measured = norm.variance;
  if (measured || gradients.dgamma || gradients.dbeta) {
    norm.parts.set_size(2 * channels, blocks.count);
    parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
      Scalar* part = norm.parts.colptr(first / blocks.columns);
      sums_of_rows<2>(channels, first, last, part, [&](auto k, Index col) {
        const simd::Number auto d = k.load(dy.colptr(col));
        return std::array{d * xhat(k, col), d};
      });
    });
    add_parts(norm.parts, channels, gradients);
  }
  if (!gradients.dx) return;
  gradients.dx->set_size(norm.x.n_rows, norm.x.n_cols);
  Numbers scales = numbers(norm.gamma, channels, 1);
  for (Index c = 0; c < channels; ++c) scales[c] *= rstd[c];
  const Scalar* scale = scales.data();
  // mean(dxhat) = gamma · mean(dy), mean(dxhat ⊙ xhat) = gamma · mean(dy ⊙ xhat): gamma factors
  // out.
  Numbers mean_sums(2 * channels);
  for (Index b = 0; measured && b < blocks.count; ++b) {
    for (Index i = 0; i < 2 * channels; ++i) mean_sums[i] += norm.parts(i, b);
  }
  for (Scalar& sum : mean_sums) sum /= static_cast<Scalar>(norm.x.n_cols);
  const Scalar* mean_dy_xhat = mean_sums.data();
  const Scalar* mean_dy = mean_dy_xhat + channels;
  parallel_blocks(norm.x.n_cols, blocks.columns, [&](Index first, Index last) {
    if (!measured) {
      return fill_columns(*gradients.dx, first, last, [&](auto k, Index col) {
        return k.load(scale) * k.load(dy.colptr(col));
      });
    }
    fill_columns(*gradients.dx, first, last, [=, &dy](auto k, Index col) {
      const simd::Number auto centered = k.load(dy.colptr(col)) - k.load(mean_dy);
      return k.load(scale) * (centered - xhat(k, col) * k.load(mean_dy_xhat));
    });
  });
}

}  // namespace evenkeel::kernels
