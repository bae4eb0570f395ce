// BatchNorm when the batch is dealt out to devices: what each has to tell the others.
//
//   forward    N = Σ n    M = Σ n·m / N    V = Σ n·(v + m²) / N − M²
//   backward   S₁ = Σ dy    S₂ = Σ dy ⊙ xhat    dx = rstd ⊙ (dy − S₁/N − xhat ⊙ S₂/N)
//
// m and v are a device's own mean and variance; Σ over all devices is an all-reduce.

#include <algorithm>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/data/loader.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "style.hpp"

namespace style {

namespace {

struct Moments {
  double n = 0;
  ek::Matrix mean, variance;  // features × 1
};

Moments moments_of(const ek::Matrix& x) {
  return {static_cast<double>(x.n_cols), arma::mean(x, 1), arma::var(x, 1, 1)};  // var over n
}

Moments pooled(const std::vector<Moments>& devices) {
  Moments all{0, arma::zeros<ek::Matrix>(arma::size(devices[0].mean)), {}};
  ek::Matrix square = all.mean;
  for (const Moments& d : devices) {
    all.n += d.n;
    all.mean += d.n * d.mean;
    square += d.n * (d.variance + d.mean % d.mean);
  }
  all.mean /= all.n;
  all.variance = square / all.n - all.mean % all.mean;
  return all;
}

// ∂loss/∂x, device by device. all_reduce: with sums over all devices, else each with its own.
ek::Matrix gradient(const ek::Matrix& x, const ek::Matrix& dy, const Moments& all, ek::Index size,
                    double eps, bool all_reduce) {
  const ek::Matrix mean = arma::repmat(all.mean, 1, x.n_cols);
  const ek::Matrix rstd = arma::repmat(1 / arma::sqrt(all.variance + eps), 1, x.n_cols);
  const ek::Matrix xhat = (x - mean) % rstd;
  ek::Matrix dx(arma::size(x));
  for (ek::Index first = 0; first < x.n_cols; first += size) {
    const arma::span own(first, first + size - 1);
    const arma::span heard = all_reduce ? arma::span(0, x.n_cols - 1) : own;
    const double n = static_cast<double>(heard.b - heard.a + 1);
    const ek::Matrix dy_heard = dy.cols(heard.a, heard.b);
    const ek::Matrix s1 = arma::sum(dy_heard, 1);
    const ek::Matrix s2 = arma::sum(dy_heard % xhat.cols(heard.a, heard.b), 1);
    for (ek::Index j = own.a; j <= own.b; ++j) {
      dx.col(j) = rstd.col(j) % (dy.col(j) - s1 / n - xhat.col(j) % (s2 / n));
    }
  }
  return dx;
}

// One batch on devices of `size` samples, added to `d`.
void deal_out(const ek::Matrix& x, const ek::Matrix& dy, const ek::Matrix& dx, double whole,
              double eps, Devices& d) {
  std::vector<Moments> devices;
  double averaged = 0;
  for (ek::Index first = 0; first < x.n_cols; first += d.per_device) {
    devices.push_back(moments_of(x.cols(first, first + d.per_device - 1)));
    averaged += arma::accu(devices.back().variance);
  }
  const Moments all = pooled(devices);
  const Moments batch = moments_of(x);
  d.averaged += averaged / static_cast<double>(devices.size()) / whole;
  d.pooled += arma::accu(all.variance) / whole;
  d.pooling_error = std::max(d.pooling_error, arma::abs(all.variance - batch.variance).max());
  const ek::Matrix by_devices = gradient(x, dy, all, d.per_device, eps, true);
  const ek::Matrix by_own_sums = gradient(x, dy, all, d.per_device, eps, false);
  d.gradient_error = std::max(d.gradient_error, arma::abs(by_devices - dx).max());
  d.own_sums_error += arma::norm(by_own_sums - dx, "fro") / arma::norm(dx, "fro");
}

}  // namespace

std::vector<Devices> over_devices(const ek::Samples& samples, ek::Index batches, double eps,
                                  std::uint64_t seed) {
  std::vector<Devices> results;
  for (ek::Index per_device : {1, 2, 4, 8, 16, 32}) results.push_back({.per_device = per_device});
  const double whole = arma::accu(moments_of(samples.x).variance);
  ek::Loader loader(samples, {.batch = sync_batch, .drop_last = true}, seed);
  ek::Random random(seed);
  ek::Batch batch;
  ek::Tape tape;
  for (ek::Index i = 0; i < batches; ++i) {
    if (i % loader.batches() == 0) loader.start(i / loader.batches());
    loader.next(batch);
    tape.rewind();
    const ek::Var x = tape.variable(batch.x);  // 30 features × 32 samples
    const ek::Var y = batch_norm(x, batch.x.n_rows, {}, eps);
    const ek::Matrix dy = random.normal(batch.x.n_rows, batch.x.n_cols);
    tape.backward(y, dy);
    for (Devices& d : results) deal_out(batch.x, dy, x.gradient(), whole, eps, d);
  }
  for (Devices& d : results) {
    d.averaged /= static_cast<double>(batches);
    d.pooled /= static_cast<double>(batches);
    d.own_sums_error /= static_cast<double>(batches);
  }
  return results;
}

}  // namespace style
