#include "evenkeel/ops/losses.hpp"

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "kernels/map.hpp"
#include "kernels/ops.hpp"
#include "ops/broadcast.hpp"

namespace evenkeel {

namespace {

void require_targets(const std::vector<Index>& targets, const CrossEntropyOptions& options,
                     const Matrix& x) {
  const std::string shape = to_string(shape_of(x));
  if (x.is_empty()) fail("cross_entropy", "logits ({}) have no entries", shape);
  if (targets.size() != x.n_cols) {
    fail("cross_entropy", "targets must be {}, one for each column of logits ({}), got {}",
         x.n_cols, shape, targets.size());
  }
  for (std::size_t j = 0; j < targets.size(); ++j) {
    if (targets[j] < x.n_rows || targets[j] == options.ignore_index) continue;
    fail("cross_entropy", "targets[{}] must be below {}, the classes of logits ({}), got {}", j,
         x.n_rows, shape, static_cast<std::int64_t>(targets[j]));
  }
}

void require_options(const CrossEntropyOptions& options, const Matrix& x) {
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing <= 1)) {
    fail("cross_entropy", "label_smoothing must be in [0, 1], got {}", smoothing);
  }
  const Matrix& weights = options.class_weights;
  if (weights.is_empty()) return;
  require_shape("cross_entropy", "class_weights", weights, {x.n_rows, 1}, "one for each class");
  if (!(weights.min() >= 0)) fail("cross_entropy", "class_weights must be at least 0");
}

}  // namespace

struct CrossEntropy final : UnaryOp {
  std::vector<Index> targets;
  CrossEntropyOptions options;
  Matrix p;            // softmax(x), classes × samples, for backward
  Matrix sample_loss;  // 1 × samples: scratch buffer of the kernel
  Matrix q;            // classes × samples: what p is compared with
  Scalar total = 0;    // Σ w[target]

  std::string_view name() const override { return "cross_entropy"; }

  void forward(const Matrix& x, Matrix& y) override {
    require_targets(targets, options, x);
    if (fast_kernels() && !has_options()) {
      return kernels::cross_entropy(x, targets, p, sample_loss, y);
    }
    make_q(x);
    const Matrix largest = arma::max(x, 0);
    const Matrix shifted = x.each_row() - largest;
    const Matrix e = arma::exp(shifted);
    const Matrix sum = arma::sum(e, 0);
    p = e.each_row() / sum;
    const Matrix log_p = shifted.each_row() - arma::log(sum);  // p may be 0
    Matrix terms = q % log_p;
    terms.elem(arma::find(q == 0)).zeros();  // where log p may be −∞
    y = -summed(terms, {1, 1}) / total;
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels() && !has_options()) {
      const Scalar share = dy(0, 0) / static_cast<Scalar>(x.n_cols);
      kernels::map(p, dx, [share](Scalar p) { return p * share; });
      for (Index j = 0; j < x.n_cols; ++j) dx(targets[j], j) -= share;  // one_hot
      return;
    }
    const Matrix q_of_sample = arma::sum(q, 0);
    const Matrix difference = p.each_row() % q_of_sample - q;
    dx = difference * (dy(0, 0) / total);
    for (Index j = 0; j < x.n_cols; ++j) {
      if (targets[j] == options.ignore_index) dx.col(j).zeros();
    }
  }

 private:
  bool has_options() const {
    return options.ignore_index || options.label_smoothing != 0 || !options.class_weights.empty();
  }

  void make_q(const Matrix& x) {
    require_options(options, x);
    const Scalar smoothing = static_cast<Scalar>(options.label_smoothing);
    Matrix w = options.class_weights;
    if (w.is_empty()) w.ones(x.n_rows, 1);
    q.zeros(x.n_rows, x.n_cols);
    total = 0;
    for (Index j = 0; j < x.n_cols; ++j) {
      if (targets[j] == options.ignore_index) continue;
      q.col(j) = w * (smoothing / static_cast<Scalar>(x.n_rows));
      q(targets[j], j) += (1 - smoothing) * w[targets[j]];
      total += w[targets[j]];
    }
    if (!(total > 0)) fail(name(), "no sample counts: all are ignored, or have a weight of 0");
  }
};

struct MeanSquaredError final : BinaryOp {
  std::string_view name() const override { return "mse"; }

  void forward(const Matrix& x, const Matrix& target, Matrix& y) override {
    require_same_shape(name(), "x", x, "target", target);
    if (x.is_empty()) fail(name(), "x ({}) has no entries", to_string(shape_of(x)));
    const Matrix squares = arma::square(x - target);
    y = summed(squares, {1, 1}) / static_cast<Scalar>(x.n_elem);
  }

  void backward(const Matrix& x, const Matrix& target, const Matrix&, const Matrix& dy, Matrix* dx,
                Matrix* dtarget) override {
    const Scalar share = 2 * dy(0, 0) / static_cast<Scalar>(x.n_elem);
    if (dx) *dx = share * (x - target);
    if (dtarget) *dtarget = share * (target - x);
  }
};

Var cross_entropy(Var logits, const std::vector<Index>& targets,
                  const CrossEntropyOptions& options) {
  return record<CrossEntropy>({logits}, [&](CrossEntropy& op) {
    op.targets = targets;
    op.options = options;
  });
}

Var mse(Input x, Input target) {
  return record<MeanSquaredError>({x, target});
}

}  // namespace evenkeel
