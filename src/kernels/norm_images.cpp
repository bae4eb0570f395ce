// BatchNorm on images: each channel has one mean and variance over the batch and its positions. A
// channel is taken through all passes before the next, so that only the first pass has to wait for
// memory.
#include <cmath>

#include "kernels/norm.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

// A channel of every sample: `columns` runs of `positions` entries, each from row `top`.
struct Channel {
  Index number;
  Index positions;
  Index columns;

  Index top() const { return number * positions; }
  Scalar count() const { return static_cast<Scalar>(positions * columns); }
  Scalar of(const Matrix* per_channel, Scalar otherwise) const {
    return per_channel ? (*per_channel)[number] : otherwise;
  }
};

template <class Body>
void parallel_channels(const Norm& norm, Body body) {
  const Index positions = norm.positions();
  const Index cost = std::max<Index>(1, positions * norm.x.n_cols / 2);
  parallel_blocks(norm.channels, block_for_cost(cost), [&](Index first, Index last) {
    for (Index c = first; c < last; ++c) body(Channel{c, positions, norm.x.n_cols});
  });
}

// N sums over positions and columns of term(k, col), `k` counted from the channel's first row.
// Columns are added up by 64, and those sums then, which keeps the rounding error of large batches
// small.
template <std::size_t N, class Term>
std::array<Scalar, N> sums_of_channel(const Channel& channel, Term term) {
  std::array<Scalar, N> total{};
  for (Index first = 0; first < channel.columns; first += 64) {
    std::array<Scalar, N> part{};
    for (Index col = first; col < std::min(first + 64, channel.columns); ++col) {
      const std::array<Scalar, N> value =
          simd::sums<N>(channel.positions, [&](auto k) { return term(k, col); });
      for (std::size_t s = 0; s < N; ++s) part[s] += value[s];
    }
    for (std::size_t s = 0; s < N; ++s) total[s] += part[s];
  }
  return total;
}

// y(k, col) = f(k, col) for every entry of the channel
template <class Function>
void fill_channel(const Channel& channel, Matrix& y, Function f) {
  for (Index col = 0; col < channel.columns; ++col) {
    Scalar* to = y.colptr(col) + channel.top();
    simd::for_each(channel.positions, [&](auto k) { k.store(to, f(k, col)); });
  }
}

void measure(const Norm& norm, const Channel& channel) {
  const Scalar n = channel.count();
  const auto x = [&](auto k, Index col) { return k.load(norm.x.colptr(col) + channel.top()); };
  Scalar mean = norm.x(channel.top(), 0);
  for (int pass = 0; pass < passes_for_mean(channel.columns); ++pass) {
    const auto [sum] = sums_of_channel<1>(
        channel, [&, shift = mean](auto k, Index col) { return std::array{x(k, col) - shift}; });
    mean += sum / n;
  }
  const auto [square] = sums_of_channel<1>(channel, [&](auto k, Index col) {
    const simd::Number auto deviation = x(k, col) - mean;
    return std::array{deviation * deviation};
  });
  norm.mean[channel.number] = mean;
  (*norm.variance)[channel.number] = square / n;
  norm.rstd[channel.number] = 1 / std::sqrt(square / n + norm.eps);
}

}  // namespace

void norm_images_forward(const Norm& norm, Matrix& y) {
  if (norm.variance) set_statistics_size(norm);
  y.set_size(norm.x.n_rows, norm.x.n_cols);
  parallel_channels(norm, [&](const Channel& channel) {
    if (norm.variance) measure(norm, channel);
    const Scalar mean = norm.mean[channel.number];
    const Scalar scale = channel.of(norm.gamma, 1) * norm.rstd[channel.number];
    const Scalar beta = channel.of(norm.beta, 0);
    fill_channel(channel, y, [&](auto k, Index col) {
      return (k.load(norm.x.colptr(col) + channel.top()) - mean) * scale + beta;
    });
  });
}

void norm_images_backward(const Norm& norm, const Matrix& dy, NormGradients gradients) {
  for (Matrix* sums : {gradients.dgamma, gradients.dbeta}) {
    if (sums) sums->set_size(norm.channels, 1);
  }
  if (gradients.dx) gradients.dx->set_size(norm.x.n_rows, norm.x.n_cols);
  const bool measured = norm.variance;
  parallel_channels(norm, [&](const Channel& channel) {
    const Scalar mean = norm.mean[channel.number];
    const Scalar rstd = norm.rstd[channel.number];
    const Scalar scale = channel.of(norm.gamma, 1) * rstd;
    const auto d = [&](auto k, Index col) { return k.load(dy.colptr(col) + channel.top()); };
    const auto xhat = [&](auto k, Index col) {
      return (k.load(norm.x.colptr(col) + channel.top()) - mean) * rstd;
    };
    std::array<Scalar, 2> sums{};
    if (measured || gradients.dgamma || gradients.dbeta) {
      sums = sums_of_channel<2>(channel, [&](auto k, Index col) {
        return std::array{d(k, col), d(k, col) * xhat(k, col)};
      });
    }
    if (gradients.dbeta) (*gradients.dbeta)[channel.number] = sums[0];
    if (gradients.dgamma) (*gradients.dgamma)[channel.number] = sums[1];
    if (!gradients.dx) return;
    if (!measured) {
      return fill_channel(channel, *gradients.dx,
                          [&](auto k, Index col) { return scale * d(k, col); });
    }
    // mean(dxhat) = gamma · mean(dy), mean(dxhat ⊙ xhat) = gamma · mean(dy ⊙ xhat): gamma factors
    // out.
    const Scalar mean_dy = sums[0] / channel.count();
    const Scalar mean_dy_xhat = sums[1] / channel.count();
    fill_channel(channel, *gradients.dx, [&](auto k, Index col) {
      return scale * (d(k, col) - mean_dy - xhat(k, col) * mean_dy_xhat);
    });
  });
}

}  // namespace evenkeel::kernels
