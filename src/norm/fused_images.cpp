// BatchNorm on images: each channel has one mean and variance over the batch and its positions. A
// channel is taken through all passes before the next, so that only the first pass has to wait for
// memory.
#include <cmath>

#include "fused_kernels.hpp"

namespace evenkeel::fused {

namespace {

// A channel of every sample: n_cols runs of `positions` entries, a sample's from colptr + top.
struct Channel {
  Index number;
  Index positions;
  Index columns;

  Index top() const { return number * positions; }
  Scalar count() const { return static_cast<Scalar>(positions * columns); }
};

template <class Body>
void parallel_channels(const Norm& norm, Body body) {
  const Index positions = norm.positions();
  const Index cost = std::max<Index>(1, positions * norm.x.n_cols / 2);
  parallel_blocks(norm.num_channels, block_for_cost(cost), [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c) body(Channel{c, positions, norm.x.n_cols});
  });
}

// N sums over positions and columns of term(k, col), `k` counted from the
// channel's first row. Columns are added up by 64, and those sums then, which
// keeps the rounding error of large batches small.
template <std::size_t N, class Term>
std::array<Scalar, N> channel_sums(const Channel& channel, Term term) {
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
void each_entry(const Channel& channel, Matrix& y, Function f) {
  for (Index col = 0; col < channel.columns; ++col) {
    Scalar* to = y.colptr(col) + channel.top();
    simd::for_each(channel.positions, [&](auto k) { k.store(to, f(k, col)); });
  }
}

}  // namespace

void forward_images(const Norm& norm, Matrix& y) {
  Normalize& stats = norm.stats;
  parallel_channels(norm, [&](const Channel& channel) {
    const auto x = [&](auto k, Index col) { return k.load(norm.x.colptr(col) + channel.top()); };
    const Index c = channel.number;
    const Scalar pivot = norm.x(channel.top(), 0);
    const Scalar sum = channel_sums<1>(
        channel, [&](auto k, Index col) { return std::array{x(k, col) - pivot}; })[0];
    const Scalar mean = pivot + sum / channel.count();
    const Scalar square = channel_sums<1>(channel, [&](auto k, Index col) {
      const simd::Number auto deviation = x(k, col) - mean;
      return std::array{deviation * deviation};
    })[0];
    const Scalar variance = square / channel.count();
    const Scalar rstd = 1 / std::sqrt(variance + static_cast<Scalar>(stats.eps));
    stats.mean[c] = mean;
    stats.variance[c] = variance;
    stats.rstd[c] = rstd;
    const Scalar scale = norm.gamma ? norm.gamma[c] * rstd : rstd;
    const Scalar shift = norm.beta ? norm.beta[c] : 0;
    each_entry(channel, y, [&](auto k, Index col) { return (x(k, col) - mean) * scale + shift; });
  });
}

void backward_images(const Norm& norm, const Matrix& dy, Gradients gradients) {
  if (gradients.dgamma) gradients.dgamma->set_size(norm.num_channels, 1);
  if (gradients.dbeta) gradients.dbeta->set_size(norm.num_channels, 1);
  parallel_channels(norm, [&](const Channel& channel) {
    const Index c = channel.number;
    const Scalar mean = norm.stats.mean[c];
    const Scalar rstd = norm.stats.rstd[c];
    const auto xhat = [&](auto k, Index col) {
      return (k.load(norm.x.colptr(col) + channel.top()) - mean) * rstd;
    };
    const auto d = [&](auto k, Index col) { return k.load(dy.colptr(col) + channel.top()); };
    const auto [dbeta, dgamma] = channel_sums<2>(channel, [&](auto k, Index col) {
      return std::array{d(k, col), d(k, col) * xhat(k, col)};
    });
    if (gradients.dgamma) (*gradients.dgamma)[c] = dgamma;
    if (gradients.dbeta) (*gradients.dbeta)[c] = dbeta;
    if (!gradients.dx) return;
    // mean(dxhat) = gamma · mean(dy), mean(dxhat ⊙ xhat) = gamma · mean(dy ⊙ xhat), so gamma
    // factors out.
    const Scalar scale = norm.gamma ? norm.gamma[c] * rstd : rstd;
    const Scalar mean_dy = dbeta / channel.count();
    const Scalar mean_dy_xhat = dgamma / channel.count();
    each_entry(channel, *gradients.dx, [&](auto k, Index col) {
      return scale * (d(k, col) - mean_dy - xhat(k, col) * mean_dy_xhat);
    });
  });
}

}  // namespace evenkeel::fused
