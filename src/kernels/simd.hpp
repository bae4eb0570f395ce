#pragma once
// Loops over contiguous numbers, several of them at a time (xsimd). The body is written once, for a
// "lane" that is either a pack of numbers or a single one:
//
//   simd::for_each(n, [&](auto k) { k.store(y, (k.load(x) - mean) * rstd); });
//   Scalar s = simd::sum(n, [&](auto k) { return k.load(a) * k.load(b); });
//
// A sum has one fixed order for a given machine, whatever the number of threads: four packs side by
// side, since one alone would wait for each addition to end before the next begins.

#include <sleef.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <xsimd/xsimd.hpp>

#include "evenkeel/core/types.hpp"

namespace evenkeel::simd {

using Pack = xsimd::batch<Scalar>;
inline constexpr Index width = Pack::size;

/// What a lane loads, and what arithmetic makes of it: `const simd::Number auto g = …` holds
/// numbers, never an expression that has still to be computed.
template <class T>
concept Number = std::same_as<T, Pack> || std::same_as<T, Scalar>;

struct PackLane {
  Index k;
  using Value = Pack;
  Pack load(const Scalar* from) const { return Pack::load_unaligned(from + k); }
  void store(Scalar* to, const Pack& value) const { value.store_unaligned(to + k); }
};

struct SingleLane {
  Index k;
  using Value = Scalar;
  Scalar load(const Scalar* from) const { return from[k]; }
  void store(Scalar* to, Scalar value) const { to[k] = value; }
};

template <class Body>
void for_each(Index n, Body body) {
  Index k = 0;
  for (; k + width <= n; k += width) body(PackLane{k});
  for (; k < n; ++k) body(SingleLane{k});
}

/// The last entries, fewer than a pack, as a pack: what is missing repeats the first of them.
struct PartialLane {
  Index k;
  Index count;
  using Value = Pack;
  Pack load(const Scalar* from) const {
    std::array<Scalar, width> numbers;
    numbers.fill(from[k]);
    std::copy_n(from + k, count, numbers.begin());
    return Pack::load_unaligned(numbers.data());
  }
  void store(Scalar* to, const Pack& value) const {
    std::array<Scalar, width> numbers;
    value.store_unaligned(numbers.data());
    std::copy_n(numbers.begin(), count, to + k);
  }
};

/// Like for_each, but packs only: for functions such as exp, whose pack and single forms differ in
/// the last bit, so that a number's result does not depend on where it stands.
template <class Body>
[[gnu::always_inline]] inline void for_each_pack(Index n, Body body) {
  Index k = 0;
  for (; k + width <= n; k += width) body(PackLane{k});
  if (k < n) body(PartialLane{k, n - k});
}

/// Several sums in one pass: term(lane) returns a std::array of N values.
template <std::size_t N, class Term>
[[gnu::always_inline]] inline std::array<Scalar, N> sums(Index n, Term term) {
  constexpr Index side_by_side = 4;
  std::array<std::array<Pack, N>, side_by_side> part;
  for (auto& one : part) one.fill(Pack(Scalar{0}));
  Index k = 0;
  for (; k + side_by_side * width <= n; k += side_by_side * width) {
    for (Index i = 0; i < side_by_side; ++i) {
      const std::array<Pack, N> value = term(PackLane{k + i * width});
      for (std::size_t s = 0; s < N; ++s) part[i][s] += value[s];
    }
  }
  for (; k + width <= n; k += width) {
    const std::array<Pack, N> value = term(PackLane{k});
    for (std::size_t s = 0; s < N; ++s) part[0][s] += value[s];
  }
  std::array<Scalar, N> total;
  for (std::size_t s = 0; s < N; ++s) {
    total[s] = xsimd::hadd((part[0][s] + part[1][s]) + (part[2][s] + part[3][s]));
  }
  for (; k < n; ++k) {
    const std::array<Scalar, N> value = term(SingleLane{k});
    for (std::size_t s = 0; s < N; ++s) total[s] += value[s];
  }
  return total;
}

template <class Term>
[[gnu::always_inline]] inline Scalar sum(Index n, Term term) {
  return sums<1>(n, [&](auto k) { return std::array{term(k)}; })[0];
}

/// to[i] = exp(from[i] − shift) for n entries; returns their sum. The heart of every softmax.
inline Scalar exp_and_sum(const Scalar* from, Scalar shift, Scalar* to, Index n) {
  for_each_pack(n, [=](auto k) { k.store(to, xsimd::exp(k.load(from) - shift)); });
  return sum(n, [=](auto k) { return k.load(to); });
}

/// The largest of n ≥ 1 numbers.
inline Scalar largest(const Scalar* x, Index n) {
  Pack most(x[0]);
  for_each_pack(n, [&](auto k) { most = xsimd::max(most, k.load(x)); });
  std::array<Scalar, width> numbers;
  most.store_unaligned(numbers.data());
  return *std::max_element(numbers.begin(), numbers.end());
}

// The formulas take exp, tanh and sqrt from xsimd, erfc from SLEEF, since xsimd 8.1's loses all
// digits in the tail. Largest errors found over their range, in units in the last place (float,
// double): exp 1.5, 0.9; tanh 1.3, 1.3; erfc 1.1, 0.9. tests/ops/test_accuracy.cpp holds them.
struct Erfc {  // by the width of the vector registers the library is compiled for
#if defined(__AVX512F__)
  static __m512 of(__m512 x) {
    return Sleef_erfcf16_u15(x);
  }
  static __m512d of(__m512d x) {
    return Sleef_erfcd8_u15(x);
  }
#elif defined(__AVX__)
  static __m256 of(__m256 x) {
    return Sleef_erfcf8_u15(x);
  }
  static __m256d of(__m256d x) {
    return Sleef_erfcd4_u15(x);
  }
#elif defined(__SSE2__)
  static __m128 of(__m128 x) {
    return Sleef_erfcf4_u15(x);
  }
  static __m128d of(__m128d x) {
    return Sleef_erfcd2_u15(x);
  }
#else
  static Pack of(const Pack& x) {
    std::array<Scalar, width> numbers;
    x.store_unaligned(numbers.data());
    for (Scalar& number : numbers) number = std::erfc(number);
    return Pack::load_unaligned(numbers.data());
  }
#endif
};

}  // namespace evenkeel::simd
