#include "kernels/ops.hpp"

#include <cmath>

#include "evenkeel/base/parallel.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

Scalar number(double x) {
  return static_cast<Scalar>(x);
}

// body(lane) for every entry of n.
template <class Body>
void each_entry(Index n, Body body) {
  parallel_blocks(n, block_for_cost(1), [&](Index first, Index last) {
    simd::for_each(last - first, [&](auto k) { body(decltype(k){first + k.k}); });
  });
}

}  // namespace

void adam(const AdamStep& step, Matrix& value, const Matrix& gradient, Matrix& first,
          Matrix& second) {
  const Scalar beta1 = number(step.beta1), beta2 = number(step.beta2), eps = number(step.eps);
  const Scalar rest1 = number(1 - step.beta1), rest2 = number(1 - step.beta2);
  const Scalar rate = number(step.rate), root2 = number(std::sqrt(step.correction2));
  const Scalar in_gradient = number(step.in_gradient), kept = number(step.kept);
  Scalar* w = value.memptr();
  const Scalar* dw = gradient.memptr();
  Scalar* m = first.memptr();
  Scalar* v = second.memptr();
  each_entry(value.n_elem, [=](auto k) {
    const simd::Number auto g = k.load(dw) + in_gradient * k.load(w);
    const simd::Number auto m_new = beta1 * k.load(m) + rest1 * g;
    const simd::Number auto v_new = beta2 * k.load(v) + rest2 * g * g;
    k.store(m, m_new);
    k.store(v, v_new);
    k.store(w, kept * k.load(w) - rate * m_new / (xsimd::sqrt(v_new) / root2 + eps));
  });
}

void sgd(const SgdStep& step, Matrix& value, const Matrix& gradient, Matrix& memory) {
  const Scalar rate = number(step.rate), decay = number(step.weight_decay);
  const Scalar momentum = number(step.momentum);
  Scalar* w = value.memptr();
  const Scalar* dw = gradient.memptr();
  if (step.momentum == 0) {
    return each_entry(value.n_elem, [=](auto k) {
      const simd::Number auto g = k.load(dw) + decay * k.load(w);
      k.store(w, k.load(w) - rate * g);
    });
  }
  Scalar* velocity = memory.memptr();
  each_entry(value.n_elem, [=, nesterov = step.nesterov](auto k) {
    using Value = typename decltype(k)::Value;  // a pack or one number
    const Value g = k.load(dw) + decay * k.load(w);
    const Value v = momentum * k.load(velocity) + g;
    k.store(velocity, v);
    k.store(w, k.load(w) - rate * (nesterov ? g + momentum * v : v));
  });
}

}  // namespace evenkeel::kernels
