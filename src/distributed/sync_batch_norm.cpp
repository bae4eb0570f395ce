#include "evenkeel/distributed/sync_batch_norm.hpp"

#include "base/fail.hpp"

namespace evenkeel {

namespace {

// n, mean and M2 of each channel, as they travel: 1 + 2·channels numbers.
struct Moments {
  double n = 0;
  std::vector<double> mean, m2;

  explicit Moments(Index channels) : mean(channels), m2(channels) {}

  std::vector<double> packed() const {
    std::vector<double> all = {n};
    all.insert(all.end(), mean.begin(), mean.end());
    all.insert(all.end(), m2.begin(), m2.end());
    return all;
  }
};

// In two passes, in double.
Moments moments_of(const Matrix& x, Index channels) {
  Moments m(channels);
  const Index positions = x.n_rows / channels;
  m.n = static_cast<double>(positions * x.n_cols);
  if (m.n == 0) return m;
  for (Index row = 0; row < x.n_rows; ++row) {
    for (Index col = 0; col < x.n_cols; ++col) m.mean[row / positions] += x(row, col);
  }
  for (double& mean : m.mean) mean /= m.n;
  for (Index row = 0; row < x.n_rows; ++row) {
    const double mean = m.mean[row / positions];
    for (Index col = 0; col < x.n_cols; ++col) {
      const double deviation = x(row, col) - mean;
      m.m2[row / positions] += deviation * deviation;
    }
  }
  return m;
}

// Adds one process's moments, as they came, to those of the processes before it.
void merge(Moments& a, std::span<const double> b) {
  const Index channels = a.mean.size();
  const double n_b = b[0], n = a.n + n_b;
  if (n_b == 0) return;
  for (Index c = 0; c < channels; ++c) {
    const double delta = b[1 + c] - a.mean[c];
    a.mean[c] += delta * n_b / n;
    a.m2[c] += b[1 + channels + c] + delta * delta * a.n * n_b / n;
  }
  a.n = n;
}

}  // namespace

struct SyncNormalize final : UnaryOp {
  Communicator* all = nullptr;
  Index channels = 1;
  double eps = 1e-5;
  bool needs_gradient = false;  ///< in all processes, or the rest would wait in backward

  double n = 0;                 ///< values of a channel, over all processes
  Matrix mean, variance, rstd;  ///< channels × 1
  Matrix xhat;

  std::string_view name() const override { return "sync_batch_norm"; }

  void forward(const Matrix& x, Matrix& y) override {
    const char* what =
        needs_gradient ? "sync_batch_norm with gradient" : "sync_batch_norm without gradient";
    const std::vector<double> everyones = all->gather(what, moments_of(x, channels).packed());
    Moments merged(channels);
    const std::size_t length = 1 + 2 * channels;
    for (Index process = 0; process < all->size(); ++process) {
      merge(merged, std::span(everyones).subspan(process * length, length));
    }
    n = merged.n;
    require(n >= 2, name(), "a channel needs at least 2 values over all processes, got {}", n);
    mean.set_size(channels, 1);
    variance.set_size(channels, 1);
    for (Index c = 0; c < channels; ++c) {
      mean[c] = static_cast<Scalar>(merged.mean[c]);
      variance[c] = static_cast<Scalar>(merged.m2[c] / n);
    }
    rstd = 1 / arma::sqrt(variance + static_cast<Scalar>(eps));
    const Tile channel{x.n_rows / channels, x.n_cols};
    xhat = x;
    if (!x.is_empty()) xhat = (x - broadcast(mean, channel)) % broadcast(rstd, channel);
    y = xhat;
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    const Tile channel{x.n_rows / channels, x.n_cols};
    std::vector<double> sums(2 * channels);  // Σdy, then Σdy ⊙ xhat
    for (Index row = 0; row < x.n_rows; ++row) {
      for (Index col = 0; col < x.n_cols; ++col) {
        sums[row / channel.rows] += dy(row, col);
        sums[channels + row / channel.rows] += double(dy(row, col)) * double(xhat(row, col));
      }
    }
    sum_or_nan(*all, "the backward of sync_batch_norm", sums);
    Matrix mean_dy(channels, 1), mean_dy_xhat(channels, 1);
    for (Index c = 0; c < channels; ++c) {
      mean_dy[c] = static_cast<Scalar>(sums[c] / n);
      mean_dy_xhat[c] = static_cast<Scalar>(sums[channels + c] / n);
    }
    dx = dy;
    if (x.is_empty()) return;
    dx -= broadcast(mean_dy, channel);
    dx -= xhat % broadcast(mean_dy_xhat, channel);
    dx %= broadcast(rstd, channel);
  }
};

Var sync_batch_norm(Communicator& all, Var x, Index num_channels, Affine affine, double eps,
                    RunningStats* running) {
  require(eps >= 0, "sync_batch_norm", "eps must be at least 0, got {}", eps);
  norm_inputs("sync_batch_norm", x, affine, num_channels);  // throws where they do not fit
  if (running) {
    require_shape("sync_batch_norm", "the running mean", running->mean, {num_channels, 1},
                  "for the channels");
  }
  const SyncNormalize* measured = nullptr;
  const Tape& tape = x.tape();
  const bool needs_gradient = tape.recording() && tape.checked(x).requires_grad;
  Var y = record<SyncNormalize>({x}, [&](SyncNormalize& op) {
    op.all = &all;
    op.channels = num_channels;
    op.eps = eps;
    op.needs_gradient = needs_gradient;
    measured = &op;
  });
  if (running) running->update(measured->mean, measured->variance, Index(measured->n));
  return scale_shift(y, affine);
}

}  // namespace evenkeel
