#include "evenkeel/ops/losses.hpp"

#include <fmt/format.h>

#include <cmath>

#include "evenkeel/kernels/kernels.hpp"
#include "kernels/map.hpp"
#include "kernels/softmax.hpp"
#include "ops/broadcast.hpp"

namespace evenkeel {

static void require_targets(const std::vector<Index>& targets, const Matrix& x) {
  const auto complain = [&](std::string_view text) { fail("cross_entropy", text); };
  const std::string shape = to_string(shape_of(x));
  if (x.is_empty()) complain(fmt::format("logits ({}) have no entries", shape));
  if (targets.size() != x.n_cols) {
    complain(fmt::format("targets must be {}, one for each column of logits ({}), got {}", x.n_cols,
                         shape, targets.size()));
  }
  for (std::size_t j = 0; j < targets.size(); ++j) {
    if (targets[j] < x.n_rows) continue;
    complain(fmt::format("targets[{}] must be below {}, the classes of logits ({}), got {}", j,
                         x.n_rows, shape, targets[j]));
  }
}

struct CrossEntropy final : UnaryOp {
  std::vector<Index> targets;
  Matrix p;            // softmax(x), classes × samples, for backward
  Matrix sample_loss;  // 1 × samples

  std::string_view name() const override { return "cross_entropy"; }

  void forward(const Matrix& x, Matrix& y) override {
    require_targets(targets, x);
    if (fast_kernels()) return kernels::cross_entropy(x, targets, p, sample_loss, y);
    const Matrix largest = arma::max(x, 0);
    const Matrix shifted = x.each_row() - largest;
    const Matrix e = arma::exp(shifted);
    const Matrix sum = arma::sum(e, 0);
    p = e.each_row() / sum;
    sample_loss = arma::log(sum);  // −log p = log(sum) − shifted, and p may be 0
    for (Index j = 0; j < x.n_cols; ++j) sample_loss[j] -= shifted(targets[j], j);
    y = summed(sample_loss, {1, 1}) / static_cast<Scalar>(x.n_cols);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    const Scalar share = dy(0, 0) / static_cast<Scalar>(x.n_cols);
    if (fast_kernels()) {
      kernels::map(p, dx, [share](Scalar p) { return p * share; });
    } else {
      dx = p * share;
    }
    for (Index j = 0; j < x.n_cols; ++j) dx(targets[j], j) -= share;  // one_hot
  }
};

struct MeanSquaredError final : BinaryOp {
  std::string_view name() const override { return "mse"; }

  void forward(const Matrix& x, const Matrix& target, Matrix& y) override {
    require_same_shape(name(), "x", x, "target", target);
    if (x.is_empty()) fail(name(), fmt::format("x ({}) has no entries", to_string(shape_of(x))));
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

Var cross_entropy(Var logits, const std::vector<Index>& targets) {
  return record<CrossEntropy>({logits}, [&](CrossEntropy& op) { op.targets = targets; });
}

Var mse(Input x, Input target) {
  return record<MeanSquaredError>({x, target});
}

}  // namespace evenkeel
