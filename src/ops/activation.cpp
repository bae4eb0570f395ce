#include "evenkeel/ops/activation.hpp"

#include <cmath>

#include "kernels/vector_map.hpp"

namespace evenkeel {

void Relu::forward(const Matrix& x, Matrix& y) {
  map(x, y, [](Scalar x) { return x > 0 ? x : Scalar(0); });
}

void Relu::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  map(x, dy, dx, [](Scalar x, Scalar dy) { return x > 0 ? dy : Scalar(0); });
}

void LeakyRelu::forward(const Matrix& x, Matrix& y) {
  map(x, y, [a = slope](Scalar x) { return x > 0 ? x : a * x; });
}

void LeakyRelu::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  map(x, dy, dx, [a = slope](Scalar x, Scalar dy) { return x > 0 ? dy : a * dy; });
}

namespace {

constexpr Scalar sqrt_half = Scalar(0.70710678118654752);             // √½
constexpr Scalar one_over_sqrt_two_pi = Scalar(0.39894228040143268);  // 1/√(2π)
constexpr Scalar sqrt_two_over_pi = Scalar(0.79788456080286536);      // √(2/π)
constexpr Scalar cubic = Scalar(0.044715);

// Each for one number, or several at a time.

// Φ(x): erfc keeps its digits where Φ is near 0
template <class Value>
Value normal_cumulative(Value x) {
  return Scalar(0.5) * simd::erfc(-x * sqrt_half);
}

// φ(x) = Φ'(x)
template <class Value>
Value normal_density(Value x) {
  return one_over_sqrt_two_pi * simd::exp(Scalar(-0.5) * x * x);
}

template <class Value>
Value logistic(Value x) {
  return 1 / (1 + simd::exp(-x));
}

// u = √(2/π) (x + 0.044715 x³)
template <class Value>
Value gelu_inner(Value x) {
  return sqrt_two_over_pi * (x + cubic * x * x * x);
}

}  // namespace

void GeluExact::forward(const Matrix& x, Matrix& y) {
  map_vectors(x, y, [](auto x) { return x * normal_cumulative(x); });
}

void GeluExact::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  map_vectors(x, dy, dx,
              [](auto x, auto dy) { return (normal_cumulative(x) + x * normal_density(x)) * dy; });
}

void GeluTanh::forward(const Matrix& x, Matrix& y) {
  map_vectors(x, y, [](auto x) { return x * logistic(2 * gelu_inner(x)); });
}

void GeluTanh::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  map_vectors(x, dy, dx, [](auto x, auto dy) {
    const simd::Number auto s = logistic(2 * gelu_inner(x));
    const simd::Number auto du = sqrt_two_over_pi * (1 + 3 * cubic * x * x);
    return s * (1 + x * (1 - s) * 2 * du) * dy;
  });
}

void Silu::forward(const Matrix& x, Matrix& y) {
  map_vectors(x, y, [](auto x) { return x * logistic(x); });
}

void Silu::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  map_vectors(x, dy, dx, [](auto x, auto dy) {
    const simd::Number auto s = logistic(x);
    return s * (1 + x * (1 - s)) * dy;
  });
}

void Tanh::forward(const Matrix& x, Matrix& y) {
  map_vectors(x, y, [](auto x) { return simd::tanh(x); });
}

void Tanh::backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) {
  map(y, dy, dx, [](Scalar y, Scalar dy) { return (1 - y * y) * dy; });
}

void Sigmoid::forward(const Matrix& x, Matrix& y) {
  map_vectors(x, y, [](auto x) { return logistic(x); });
}

void Sigmoid::backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) {
  map(y, dy, dx, [](Scalar y, Scalar dy) { return y * (1 - y) * dy; });
}

// --- on Vars -------------------------------------------------------------------------------------

Var relu(Var x) {
  return record<Relu>({x});
}
Var silu(Var x) {
  return record<Silu>({x});
}
Var tanh(Var x) {
  return record<Tanh>({x});
}
Var sigmoid(Var x) {
  return record<Sigmoid>({x});
}

Var gelu(Var x, Gelu form) {
  return form == Gelu::exact ? record<GeluExact>({x}) : record<GeluTanh>({x});
}

Var leaky_relu(Var x, double slope) {
  return record<LeakyRelu>({x}, [&](LeakyRelu& op) { op.slope = static_cast<Scalar>(slope); });
}

}  // namespace evenkeel
