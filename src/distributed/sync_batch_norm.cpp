#include "evenkeel/distributed/sync_batch_norm.hpp"

#include "base/fail.hpp"

namespace evenkeel {

namespace {

// Of each channel mean and M2, as they travel: n, then the means, then the M2.
using Moments = std::vector<double>;

// In two passes, in double.
Moments moments_of(const Matrix& x, Index channels) {
  Moments moments(1 + 2 * channels);
  const Index positions = x.n_rows / channels;
  double &n = moments[0], *const means = &moments[1], *const m2 = means + channels;
  n = static_cast<double>(positions * x.n_cols);
  if (n == 0) return moments;
  for (Index row = 0; row < x.n_rows; ++row) {
    for (Index col = 0; col < x.n_cols; ++col) means[row / positions] += x(row, col);
  }
  for (Index c = 0; c < channels; ++c) means[c] /= n;
  for (Index row = 0; row < x.n_rows; ++row) {
    for (Index col = 0; col < x.n_cols; ++col) {
      const double deviation = x(row, col) - means[row / positions];
      m2[row / positions] += deviation * deviation;
    }
  }
  return moments;
}

// Adds one process's moments to those of the processes before it.
void merge(Moments& a, std::span<const double> b) {
  const Index channels = a.size() / 2;
  const double n_a = a[0], n_b = b[0], n = n_a + n_b;
  if (n_b == 0) return;
  for (Index c = 1; c <= channels; ++c) {
    const double delta = b[c] - a[c];
    a[c] += delta * n_b / n;
    a[channels + c] += b[channels + c] + delta * delta * n_a * n_b / n;
  }
  a[0] = n;
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
    const Moments everyones = all->gather(what, moments_of(x, channels));
    Moments merged(1 + 2 * channels);
    for (std::size_t at = 0; at < everyones.size(); at += merged.size()) {
      merge(merged, std::span(everyones).subspan(at, merged.size()));
    }
    n = merged[0];
    require(n >= 2, name(), "a channel needs at least 2 values over all processes, got {}", n);
    mean.set_size(channels, 1);
    variance.set_size(channels, 1);
    for (Index c = 0; c < channels; ++c) {
      mean[c] = static_cast<Scalar>(merged[1 + c]);
      variance[c] = static_cast<Scalar>(merged[1 + channels + c] / n);
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
