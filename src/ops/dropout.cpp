#include "evenkeel/ops/dropout.hpp"

#include "base/fail.hpp"
#include "core/dropout_mask.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "kernels/map.hpp"

namespace evenkeel {

void Dropout::forward(const Matrix& x, Matrix& y) {
  const DropoutMask drawn(p, seed);
  mask.set_size(x.n_rows, x.n_cols);
  if (fast_kernels()) {
    kernels::fill(mask, drawn);
    return kernels::map(x, mask, y, std::multiplies<>());
  }
  for (Index i = 0; i < mask.n_elem; ++i) mask[i] = drawn(i);
  y = mask % x;
}

void Dropout::backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) {
  if (fast_kernels()) return kernels::map(dy, mask, dx, std::multiplies<>());
  dx = mask % dy;
}

static void require_probability(double p) {
  if (p >= 0 && p < 1) return;
  fail("dropout", "p must be at least 0 and below 1, got {}", p);
}

Var dropout(Var x, double p, std::uint64_t seed) {
  require_probability(p);
  if (p == 0) return x;
  return record<Dropout>({x}, [&](Dropout& op) {
    op.p = p;
    op.seed = seed;
  });
}

Var dropout(Var x, double p, Random& random) {
  return dropout(x, p, random.engine()());
}

DropoutLayer::DropoutLayer(double p, std::uint64_t seed) : p_(p), random_(seed) {
  require_probability(p);
}

Var DropoutLayer::operator()(Var x) {
  return training() ? dropout(x, p_, random_) : x;
}

}  // namespace evenkeel
