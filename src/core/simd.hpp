#pragma once
// Loops over contiguous numbers, several of them at a time (xsimd). The body is written once, for a
// "lane" that is either a pack of numbers or a single one:
//
//   simd::for_each(n, [&](auto k) { k.store(y, (k.load(x) - mean) * rstd); });
//   Scalar s = simd::sum(n, [&](auto k) { return k.load(a) * k.load(b); });
//
// A sum has one fixed order for a given machine, whatever the number of threads: four packs side by
// side, since one alone would wait for each addition to end before the next begins.

#include <array>
#include <xsimd/xsimd.hpp>

#include "evenkeel/core/types.hpp"

namespace evenkeel::simd {

using Pack = xsimd::batch<Scalar>;
inline constexpr Index width = Pack::size;

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

/// Several sums in one pass: term(lane) returns a std::array of N values.
template <std::size_t N, class Term>
std::array<Scalar, N> sums(Index n, Term term) {
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
Scalar sum(Index n, Term term) {
  return sums<1>(n, [&](auto k) { return std::array{term(k)}; })[0];
}

}  // namespace evenkeel::simd
