#include "generate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace evenkeel_test {

using evenkeel::TensorFile;

namespace {

std::size_t product(const Shape& shape, std::size_t first, std::size_t last) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(first),
                         shape.begin() + static_cast<std::ptrdiff_t>(last), std::size_t{1},
                         std::multiplies<>());
}

// Sums over the numbers of each tile, and how many there are.
struct PerTile {
  const std::vector<std::size_t>& of;
  std::size_t count;

  Numbers mean(const Numbers& values) const {
    Numbers sums(count), n(count);
    for (std::size_t i = 0; i < of.size(); ++i) sums[of[i]] += values[i], n[of[i]] += 1;
    for (std::size_t t = 0; t < count; ++t) sums[t] /= n[t];
    return sums;
  }
  double n() const { return static_cast<double>(of.size()) / static_cast<double>(count); }
};

std::size_t largest(const std::vector<std::size_t>& of) {
  return *std::max_element(of.begin(), of.end()) + 1;
}

// One file in the making.
class Maker {
 public:
  explicit Maker(const Case& wanted)
      : case_(wanted),
        size_(product(wanted.shape, 0, wanted.shape.size())),
        tiles_(tiles_of(wanted)),
        channels_(channels_of(wanted)),
        per_tile_{tiles_, largest(tiles_)},
        random_(wanted.seed) {}

  TensorFile make() {
    draw();
    forward();
    if (case_.running) run();
    if (case_.backward) backward();
    if (case_.declared) file_.metadata["norm"] = case_.norm;
    if (case_.eps_told) file_.metadata["eps"] = fmt::format("{}", case_.eps);
    if (case_.norm == "group_norm") file_.metadata["num_groups"] = std::to_string(case_.groups);
    return file_;
  }

 private:
  bool has(const char* mistake) const { return case_.mistakes.contains(mistake); }

  Numbers normal(std::size_t count, double mean, double scale) {
    std::normal_distribution<double> distribution(mean, scale);
    Numbers values(count);
    for (double& value : values) value = rounded(distribution(random_), case_.dtype);
    return values;
  }

  void add(const std::string& name, const Shape& shape, const Numbers& values) {
    file_.tensors.push_back(tensor(name, shape, values, case_.dtype));
  }
  Shape parameter_shape() const { return {largest(channels_)}; }

  void draw() {
    x_ = normal(size_, 0, 1);
    for (std::size_t i = 0; i < size_; ++i) {  // each tile another σ
      const double scale = case_.scale * (1 + 0.3 * static_cast<double>(tiles_[i] % 5));
      x_[i] = rounded(scale * x_[i] + case_.mean * case_.scale, case_.dtype);
    }
    gamma_ = case_.affine ? normal(largest(channels_), 0.5, 1) : Numbers(largest(channels_), 1);
    beta_ = normal(largest(channels_), 0, 1);
    if (!case_.affine || case_.norm == "rms_norm") beta_.assign(beta_.size(), 0);
  }

  double centre(std::size_t tile) const { return centres() ? mean_[tile] : 0; }
  bool centres() const {
    return (case_.norm != "rms_norm" && !has("rms_for_layer_norm")) || has("layer_norm_for_rms");
  }

  void forward() {
    mean_ = per_tile_.mean(x_);
    Numbers squares(size_);
    for (std::size_t i = 0; i < size_; ++i) squares[i] = std::pow(x_[i] - centre(tiles_[i]), 2);
    variance_ = per_tile_.mean(squares);
    const double n = per_tile_.n();
    for (const double variance : variance_) {
      const double v = has("variance_n_minus_1") ? variance * n / (n - 1) : variance;
      double s = std::sqrt(v + (has("eps_missing") ? 0 : case_.eps));
      if (has("eps_outside_root")) s = std::sqrt(v) + case_.eps;
      if (has("rsqrt_for_sqrt")) s = 1 / s;
      if (has("no_square_root")) s = v + case_.eps;
      if (has("square_for_root")) s = std::pow(v + case_.eps, 2);
      if (has("root_of_std")) s = std::sqrt(std::sqrt(v) + case_.eps);
      s_.push_back(s);
    }
    for (std::size_t i = 0; i < size_; ++i) {
      const double gamma = gamma_[channels_[i]], beta = beta_[channels_[i]];
      xhat_.push_back((x_[i] - centre(tiles_[i])) / s_[tiles_[i]]);
      gain_.push_back(has("gamma_missing") ? 1 : has("gain_plus_one") ? 1 + gamma : gamma);
      double y = gain_[i] * xhat_[i] + (has("beta_missing") ? 0 : beta);
      if (has("beta_before_gamma")) y = gain_[i] * (xhat_[i] + beta);
      if (has("half_precision")) y = rounded(y, case_.seed % 2 ? "F16" : "BF16");
      y_.push_back(y);
    }
    add("x", case_.shape, x_);
    if (!has("statistics_of_eval")) add("y", case_.shape, y_);
    if (case_.affine) add("gamma", parameter_shape(), gamma_);
    if (case_.affine && case_.norm != "rms_norm") add("beta", parameter_shape(), beta_);
  }

  void run() {
    const double m = has("momentum_reversed") ? 1 - case_.momentum : case_.momentum;
    const double weight = has("running_statistics_not_updated") ? 0 : m, n = per_tile_.n();
    Numbers mean = normal(mean_.size(), case_.mean, 1), variance(mean_.size(), 1.25), y(size_);
    add("running_mean_before", parameter_shape(), mean);
    add("running_var_before", parameter_shape(), variance);
    for (std::size_t c = 0; c < mean.size(); ++c) {
      double taken = has("running_var_biased") ? variance_[c] : variance_[c] * n / (n - 1);
      if (has("running_var_of_std")) taken = std::sqrt(taken);
      mean[c] = rounded((1 - weight) * mean[c] + weight * mean_[c], case_.dtype);
      variance[c] = rounded((1 - weight) * variance[c] + weight * taken, case_.dtype);
    }
    add("running_mean", parameter_shape(), mean);
    add("running_var", parameter_shape(), variance);
    file_.metadata["momentum"] = fmt::format("{}", case_.momentum);
    if (!has("statistics_of_eval")) return;
    for (std::size_t i = 0; i < size_; ++i) {
      const std::size_t c = channels_[i];
      y[i] = gamma_[c] * (x_[i] - mean[c]) / std::sqrt(variance[c] + case_.eps) + beta_[c];
    }
    add("y", case_.shape, y);
  }

  void backward() {
    const Numbers dy = normal(size_, 0, 1);
    Numbers g(size_), products(size_), dx(size_);
    for (std::size_t i = 0; i < size_; ++i) {
      g[i] = dy[i] * (has("dx_without_gamma") || has("dx_gamma_last") ? 1 : gain_[i]);
      products[i] = g[i] * xhat_[i];
    }
    const Numbers mean = per_tile_.mean(g), mean_product = per_tile_.mean(products);
    const double n = has("dx_sums_for_means") ? per_tile_.n() : 1;
    for (std::size_t i = 0; i < size_; ++i) {
      dx[i] = g[i];
      if (centres() && !has("dx_without_mean_term")) dx[i] -= n * mean[tiles_[i]];
      if (!has("dx_without_variance_term")) dx[i] -= n * xhat_[i] * mean_product[tiles_[i]];
      if (!has("dx_without_rstd")) dx[i] /= s_[tiles_[i]];
      if (has("dx_gamma_last")) dx[i] *= gain_[i];
    }
    add("dy", case_.shape, dy);
    add("dx", case_.shape, dx);
    if (case_.affine) add_sums(dy, dx);
  }

  void add_sums(const Numbers& dy, const Numbers& dx) {
    Numbers dgamma(gamma_.size()), dbeta(gamma_.size()), dy_xhat(size_);
    const double shared = static_cast<double>(size_) / static_cast<double>(gamma_.size());
    for (std::size_t i = 0; i < size_; ++i) {
      const std::size_t c = channels_[i];
      dy_xhat[i] = dy[i] * xhat_[i];
      const bool counts = i >= size_ - size_ / case_.shape[0];  // the last sample
      double to_gamma = dy_xhat[i], to_beta = dy[i];
      if (has("dgamma_not_summed") && !counts) to_gamma = 0;
      if (has("dbeta_not_summed") && !counts) to_beta = 0;
      if (has("dgamma_averaged")) to_gamma /= shared;
      if (has("dbeta_averaged")) to_beta /= shared;
      if (has("dgamma_from_x")) to_gamma = dy[i] * x_[i];
      if (has("dgamma_without_rstd")) to_gamma = dy[i] * (x_[i] - centre(tiles_[i]));
      if (has("dgamma_with_gamma")) to_gamma *= gain_[i];
      if (has("dbeta_with_gamma")) to_beta *= gain_[i];
      if (has("dbeta_from_dx")) to_beta = dx[i];
      if (has("dgamma_dbeta_swapped")) std::swap(to_gamma, to_beta);
      dgamma[c] += to_gamma;
      dbeta[c] += to_beta;
    }
    add("dgamma", parameter_shape(), dgamma);
    if (case_.norm != "rms_norm") add("dbeta", parameter_shape(), dbeta);
  }

  Case case_;
  std::size_t size_;
  std::vector<std::size_t> tiles_, channels_;
  PerTile per_tile_;
  std::mt19937 random_;
  TensorFile file_;
  Numbers x_, y_, gamma_, beta_, gain_, mean_, variance_, s_, xhat_;
};

}  // namespace

TensorFile generate(const Case& wanted) {
  return Maker(wanted).make();
}

evenkeel::audit::Verdict audited(const TensorFile& file) {
  return evenkeel::audit::audit(evenkeel::audit::evidence_of(file, "a file"));
}

Ids found_in(const TensorFile& file) {
  const std::vector<std::string> mistakes = audited(file).mistakes;
  return {mistakes.begin(), mistakes.end()};
}

std::string describe(const Case& wanted) {
  return fmt::format("{} of {} {}, eps {}, seed {}: {}", wanted.norm,
                     evenkeel::audit::to_string(wanted.shape), wanted.dtype, wanted.eps,
                     wanted.seed, fmt::join(wanted.mistakes, ", "));
}

std::vector<std::size_t> tiles_of(const Case& wanted) {
  const Shape& shape = wanted.shape;
  const std::size_t rank = shape.size(), size = product(shape, 0, rank);
  const std::size_t space = product(shape, 2, rank), sample = size / shape[0];
  const bool other_axes = wanted.mistakes.contains("wrong_axis");
  std::vector<std::size_t> tiles(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t n = i / sample, c = i / space % shape[1];
    const std::size_t width = shape[1] / wanted.groups;
    if (wanted.norm == "batch_norm") tiles[i] = other_axes ? n : c;  // … or of a sample
    if (wanted.norm == "instance_norm") tiles[i] = other_axes ? c : n * shape[1] + c;
    if (wanted.norm == "group_norm") {
      const bool interleaved = wanted.mistakes.contains("groups_interleaved");
      tiles[i] = n * wanted.groups + (interleaved ? c % wanted.groups : c / width);
      if (other_axes) tiles[i] = n;
    }
    if (wanted.norm == "layer_norm" || wanted.norm == "rms_norm") {
      tiles[i] = other_axes ? i % sample : i / shape[rank - 1];  // … or over the batch
    }
  }
  return tiles;
}

std::vector<std::size_t> channels_of(const Case& wanted) {
  const Shape& shape = wanted.shape;
  const std::size_t rank = shape.size();
  const bool last = wanted.norm == "layer_norm" || wanted.norm == "rms_norm";
  std::vector<std::size_t> channels(product(shape, 0, rank));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    channels[i] = last ? i % shape[rank - 1] : i / product(shape, 2, rank) % shape[1];
  }
  return channels;
}

}  // namespace evenkeel_test
