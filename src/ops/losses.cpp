#include "evenkeel/ops/losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernels/map.hpp"
#include "kernels/sums.hpp"
#include "kernels/vector_map.hpp"

namespace evenkeel {

namespace {

void require_targets(const std::vector<Index>& targets, const Matrix& x) {
  if (x.is_empty()) {
    fail("cross_entropy", fmt::format("logits ({}) have no entries", to_string(shape_of(x))));
  }
  if (targets.size() != x.n_cols) {
    fail("cross_entropy",
         fmt::format("targets must be {}, one for each column of logits ({}), got {}", x.n_cols,
                     to_string(shape_of(x)), targets.size()));
  }
  for (std::size_t j = 0; j < targets.size(); ++j) {
    if (targets[j] < x.n_rows) continue;
    fail("cross_entropy", fmt::format("targets[{}] must be below {}, the classes of logits ({}), "
                                      "got {}",
                                      j, x.n_rows, to_string(shape_of(x)), targets[j]));
  }
}

}  // namespace

void CrossEntropy::forward(const Matrix& x, Matrix& y) {
  require_targets(targets, x);
  set_shape(probabilities, shape_of(x));
  set_shape(sample_loss, {1, x.n_cols});
  const Index classes = x.n_rows;
  parallel_blocks(x.n_cols, block_for_cost(16 * classes), [&](Index first, Index last) {
    for (Index j = first; j < last; ++j) {
      const Scalar* from = x.colptr(j);
      Scalar* p = probabilities.colptr(j);
      const Scalar largest = simd::largest(from, classes);
      const Scalar sum = exp_and_sum(from, largest, p, classes);
      for (Index i = 0; i < classes; ++i) p[i] /= sum;
      sample_loss[j] = std::log(sum) - (from[targets[j]] - largest);  // −log p, and p may be 0
    }
  });
  set_shape(y, {1, 1});
  y(0, 0) = sum_all(sample_loss) / static_cast<Scalar>(x.n_cols);
}

void CrossEntropy::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  const Scalar share = dy(0, 0) / static_cast<Scalar>(x.n_cols);
  map(probabilities, dx, [=](Scalar p) { return p * share; });
  for (Index j = 0; j < x.n_cols; ++j) dx(targets[j], j) -= share;
}

void MeanSquaredError::forward(const Matrix& x, const Matrix& target, Matrix& y) {
  require_same_shape(name(), "x", x, "target", target);
  if (x.is_empty()) fail(name(), fmt::format("x ({}) has no entries", to_string(shape_of(x))));
  const Scalar* a = x.memptr();
  const Scalar* b = target.memptr();
  const Scalar sum = parallel_sum(x.n_elem, [=](Index i) {
    const Scalar difference = a[i] - b[i];
    return difference * difference;
  });
  set_shape(y, {1, 1});
  y(0, 0) = sum / static_cast<Scalar>(x.n_elem);
}

void MeanSquaredError::backward(const Matrix& x, const Matrix& target, const Matrix&,
                                const Matrix& dy, Matrix* dx, Matrix* dtarget) {
  const Scalar share = 2 * dy(0, 0) / static_cast<Scalar>(x.n_elem);
  if (dx) map(x, target, *dx, [=](Scalar x, Scalar t) { return share * (x - t); });
  if (dtarget) map(x, target, *dtarget, [=](Scalar x, Scalar t) { return share * (t - x); });
}

Var cross_entropy(Var logits, const std::vector<Index>& targets) {
  return record<CrossEntropy>({logits}, [&](CrossEntropy& op) { op.targets = targets; });
}

Var mse(Input x, Input target) {
  return record<MeanSquaredError>({x, target});
}

}  // namespace evenkeel
