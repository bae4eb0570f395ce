#pragma once
// As much of xsimd as the kernels use, with packs of one number: xsimd 8 knows no WebAssembly.

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace xsimd {

template <class T>
struct batch {
  static constexpr int size = 1;

  T number;

  batch() = default;
  template <class Number>
  requires std::is_arithmetic_v<Number> batch(Number all)  // NOLINT: implicit there too
      : number(static_cast<T>(all)) {}

  static batch load_unaligned(const T* from) { return *from; }
  void store_unaligned(T* to) const { *to = number; }

  batch operator-() const { return -number; }
  batch& operator+=(batch b) { return *this = number + b.number; }

  friend batch operator+(batch a, batch b) { return a.number + b.number; }
  friend batch operator-(batch a, batch b) { return a.number - b.number; }
  friend batch operator*(batch a, batch b) { return a.number * b.number; }
  friend batch operator/(batch a, batch b) { return a.number / b.number; }
};

using std::exp;
using std::sqrt;

template <class T>
batch<T> exp(batch<T> x) {
  return std::exp(x.number);
}
template <class T>
batch<T> tanh(batch<T> x) {
  return std::tanh(x.number);
}
template <class T>
batch<T> sqrt(batch<T> x) {
  return std::sqrt(x.number);
}
template <class T>
batch<T> max(batch<T> a, batch<T> b) {
  return std::max(a.number, b.number);
}
template <class T>
batch<T> clip(batch<T> x, batch<T> low, batch<T> high) {
  return std::clamp(x.number, low.number, high.number);
}
template <class T>
batch<T> fma(batch<T> a, batch<T> b, batch<T> c) {
  return a.number * b.number + c.number;
}
template <class T>
T hadd(batch<T> x) {
  return x.number;
}

}  // namespace xsimd
