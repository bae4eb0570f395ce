#include "kernels/activation.hpp"

#include "kernels/map.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

// y(i) = f(x(i)), in packs; a lambda on `auto` is f for one number or several.
template <class F>
void map_packs(const Matrix& x, Matrix& y, F f) {
  set_shape(y, shape_of(x));
  const Scalar* from = x.memptr();
  Scalar* to = y.memptr();
  parallel_blocks(x.n_elem, map_block, [=](Index first, Index last) {
    simd::for_each_pack(last - first,
                        [=](auto k) { k.store(to + first, f(k.load(from + first))); });
  });
}

// dx(i) = f(x(i), dy(i))
template <class F>
void map_packs(const Matrix& x, const Matrix& dy, Matrix& dx, F f) {
  set_shape(dx, shape_of(x));
  const Scalar* a = x.memptr();
  const Scalar* b = dy.memptr();
  Scalar* to = dx.memptr();
  parallel_blocks(x.n_elem, map_block, [=](Index first, Index last) {
    simd::for_each_pack(last - first, [=](auto k) {
      k.store(to + first, f(k.load(a + first), k.load(b + first)));
    });
  });
}

constexpr Scalar sqrt_half = Scalar(0.70710678118654752);             // √½
constexpr Scalar one_over_sqrt_two_pi = Scalar(0.39894228040143268);  // 1/√(2π)
constexpr Scalar sqrt_two_over_pi = Scalar(0.79788456080286536);      // √(2/π)
constexpr Scalar cubic = Scalar(0.044715);

template <class Value>
Value normal_cumulative(Value x) {
  return Scalar(0.5) * simd::erfc(-x * sqrt_half);
}

template <class Value>
Value normal_density(Value x) {
  return one_over_sqrt_two_pi * simd::exp(Scalar(-0.5) * x * x);
}

template <class Value>
Value logistic(Value x) {
  return 1 / (1 + simd::exp(-x));
}

// Of x clamped to where the sigmoid has long been 0 or 1, so that x³ does not overflow.
template <class Value>
Value gelu_inner(Value x) {
  const Value c = simd::clamp(x, Scalar(30));
  return sqrt_two_over_pi * (c + cubic * c * c * c);
}

}  // namespace

void tanh(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](auto x) { return simd::tanh(x); });
}

void sigmoid(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](auto x) { return logistic(x); });
}

void silu(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](auto x) { return x * logistic(x); });
}

void silu_backward(const Matrix& x, const Matrix& dy, Matrix& dx) {
  map_packs(x, dy, dx, [](auto x, auto dy) {
    const simd::Number auto s = logistic(x);
    return s * (1 + x * (1 - s)) * dy;
  });
}

void gelu(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](auto x) { return x * normal_cumulative(x); });
}

void gelu_backward(const Matrix& x, const Matrix& dy, Matrix& dx) {
  map_packs(x, dy, dx,
            [](auto x, auto dy) { return (normal_cumulative(x) + x * normal_density(x)) * dy; });
}

void gelu_tanh(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](auto x) { return x * logistic(2 * gelu_inner(x)); });
}

void gelu_tanh_backward(const Matrix& x, const Matrix& dy, Matrix& dx) {
  map_packs(x, dy, dx, [](auto x, auto dy) {
    const simd::Number auto s = logistic(2 * gelu_inner(x));
    const simd::Number auto c = simd::clamp(x, Scalar(30));
    const simd::Number auto du = sqrt_two_over_pi * (1 + 3 * cubic * c * c);
    return s * (1 + (1 - s) * x * 2 * du) * dy;
  });
}

}  // namespace evenkeel::kernels
