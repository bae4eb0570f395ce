#pragma once
// Sums with one fixed order, whatever the number of threads, and accurate in float too: pairs of
// halves (Higham, "The accuracy of floating point summation", 1993), so the error grows like log n
// and not like n. The leaves run in 16 lanes side by side, which the compiler turns into vectors.

#include <array>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/types.hpp"

namespace evenkeel::kernels {

namespace detail {

inline constexpr Index sum_lanes = 16;
inline constexpr Index sum_leaf = 512;

template <class F>
Scalar leaf_sum(Index first, Index last, F f) {
  Scalar total = 0;
  if (last - first >= sum_lanes) {
    std::array<Scalar, sum_lanes> lane{};
    for (; first + sum_lanes <= last; first += sum_lanes) {
      for (Index k = 0; k < sum_lanes; ++k) lane[k] += f(first + k);
    }
    for (Index width = sum_lanes / 2; width > 0; width /= 2) {
      for (Index k = 0; k < width; ++k) lane[k] += lane[k + width];
    }
    total = lane[0];
  }
  for (; first < last; ++first) total += f(first);
  return total;
}

}  // namespace detail

/// f(first) + … + f(last − 1), on this thread.
template <class F>
Scalar sum_of(Index first, Index last, F f) {
  if (last - first <= detail::sum_leaf) return detail::leaf_sum(first, last, f);
  const Index half = (last - first) / 2 / detail::sum_lanes * detail::sum_lanes;
  return sum_of(first, first + half, f) + sum_of(first + half, last, f);
}

/// f(0) + … + f(n − 1), on several threads when n is large: at most 64 blocks, each summed alone,
/// then added up in order.
template <class F>
Scalar parallel_sum(Index n, F f) {
  constexpr Index most_blocks = 64;
  const Index block = std::max<Index>(block_for_cost(1), (n + most_blocks - 1) / most_blocks);
  if (n <= block) return sum_of(Index{0}, n, f);
  std::array<Scalar, most_blocks> partial{};
  parallel_blocks(n, block, [&, f](Index first, Index last) {
    partial[first / block] = sum_of(first, last, f);
  });
  return sum_of(Index{0}, (n + block - 1) / block, [&](Index i) { return partial[i]; });
}

/// The sum of all entries.
Scalar sum_all(const Matrix& x);
/// Adds up the rows: out (1 × cols) holds the sum of each column.
void sum_rows(const Matrix& x, Matrix& out);
/// Adds up the columns: out (rows × 1) holds the sum of each row.
void sum_columns(const Matrix& x, Matrix& out);
/// Σx², in double over blocks that are summed in Scalar.
double sum_of_squares(const Matrix& x);

}  // namespace evenkeel::kernels
