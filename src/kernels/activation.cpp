#include "kernels/ops.hpp"

#include "kernels/map.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

using simd::Pack;

template <class Body>
void each_pack(Index n, Body body) {
  parallel_blocks(n, map_block, [=](Index first, Index last) {
    simd::for_each_pack(last - first, [=](auto k) {
      k.k += first;
      body(k);
    });
  });
}

// y(i) = f(x(i)), in packs
template <class F>
void map_packs(const Matrix& x, Matrix& y, F f) {
  set_shape(y, shape_of(x));
  each_pack(x.n_elem, [=, x = x.memptr(), y = y.memptr()](auto k) { k.store(y, f(k.load(x))); });
}

// dx(i) = f(x(i), dy(i))
template <class F>
void map_packs(const Matrix& x, const Matrix& dy, Matrix& dx, F f) {
  set_shape(dx, shape_of(x));
  each_pack(x.n_elem, [=, x = x.memptr(), dy = dy.memptr(), dx = dx.memptr()](auto k) {
    k.store(dx, f(k.load(x), k.load(dy)));
  });
}

constexpr Scalar sqrt_half = Scalar(0.70710678118654752);             // √½
constexpr Scalar one_over_sqrt_two_pi = Scalar(0.39894228040143268);  // 1/√(2π)
constexpr Scalar sqrt_two_over_pi = Scalar(0.79788456080286536);      // √(2/π)
constexpr Scalar cubic = Scalar(0.044715);

Pack normal_cumulative(Pack x) {
  return Scalar(0.5) * Pack(simd::Erfc::of(-x * sqrt_half));
}

Pack normal_density(Pack x) {
  return one_over_sqrt_two_pi * xsimd::exp(Scalar(-0.5) * x * x);
}

Pack logistic(Pack x) {
  return 1 / (1 + xsimd::exp(-x));
}

// To where the sigmoid has long been 0 or 1, so that x³ does not overflow.
Pack clamped(Pack x) {
  return xsimd::clip(x, Pack(Scalar(-30)), Pack(Scalar(30)));
}

Pack gelu_inner(Pack x) {
  const Pack c = clamped(x);
  return sqrt_two_over_pi * (c + cubic * c * c * c);
}

}  // namespace

void tanh(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](Pack x) { return xsimd::tanh(x); });
}

void sigmoid(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](Pack x) { return logistic(x); });
}

void silu(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](Pack x) { return x * logistic(x); });
}

void silu_backward(const Matrix& x, const Matrix& dy, Matrix& dx) {
  map_packs(x, dy, dx, [](Pack x, Pack dy) {
    const Pack s = logistic(x);
    return s * (1 + x * (1 - s)) * dy;
  });
}

void gelu(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](Pack x) { return x * normal_cumulative(x); });
}

void gelu_backward(const Matrix& x, const Matrix& dy, Matrix& dx) {
  map_packs(x, dy, dx,
            [](Pack x, Pack dy) { return (normal_cumulative(x) + x * normal_density(x)) * dy; });
}

void gelu_tanh(const Matrix& x, Matrix& y) {
  map_packs(x, y, [](Pack x) { return x * logistic(2 * gelu_inner(x)); });
}

void gelu_tanh_backward(const Matrix& x, const Matrix& dy, Matrix& dx) {
  map_packs(x, dy, dx, [](Pack x, Pack dy) {
    const Pack s = logistic(2 * gelu_inner(x));
    const Pack c = clamped(x);
    const Pack du = sqrt_two_over_pi * (1 + 3 * cubic * c * c);
    return s * (1 + (1 - s) * x * 2 * du) * dy;
  });
}

}  // namespace evenkeel::kernels
