#include "kernels/sums.hpp"

#include "kernels/map.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

constexpr Index tile_rows = 256;    // rows that one task of sum_columns carries along
constexpr Index leaf_columns = 16;  // columns added one after the other before pairing starts

// out[0 … rows) = the sum of columns first … last − 1, for `rows` rows of x from `row` on; by
// halves, as sum_of does for one column.
void sum_tile(const Matrix& x, Index row, Index rows, Index first, Index last, Scalar* out) {
  if (last - first <= leaf_columns) {
    std::fill_n(out, rows, Scalar(0));
    for (Index j = first; j < last; ++j) {
      const Scalar* column = x.colptr(j) + row;
      for (Index i = 0; i < rows; ++i) out[i] += column[i];
    }
    return;
  }
  const Index middle = first + (last - first) / 2;
  Scalar right[tile_rows];
  sum_tile(x, row, rows, first, middle, out);
  sum_tile(x, row, rows, middle, last, right);
  for (Index i = 0; i < rows; ++i) out[i] += right[i];
}

}  // namespace

Scalar sum_all(const Matrix& x) {
  const Scalar* entry = x.memptr();
  return parallel_sum(x.n_elem, [=](Index i) { return entry[i]; });
}

void sum_rows(const Matrix& x, Matrix& out) {
  set_shape(out, {1, x.n_cols});
  parallel_each(x.n_cols, x.n_rows, [&](Index j) {
    const Scalar* column = x.colptr(j);
    out[j] = sum_of(0, x.n_rows, [=](Index i) { return column[i]; });
  });
}

void sum_columns(const Matrix& x, Matrix& out) {
  if (x.n_rows == 1) {  // one row lies in memory like one column
    set_shape(out, {1, 1});
    out[0] = sum_all(x);
    return;
  }
  set_shape(out, {x.n_rows, 1});
  const Index block = std::max<Index>(64, block_for_cost(x.n_cols));
  parallel_blocks(x.n_rows, block, [&](Index first, Index last) {
    for (Index row = first; row < last; row += tile_rows) {
      sum_tile(x, row, std::min(tile_rows, last - row), 0, x.n_cols, out.memptr() + row);
    }
  });
}

double sum_of_squares(const Matrix& x) {
  constexpr Index block = 4096;
  double total = 0;
  for (Index first = 0; first < x.n_elem; first += block) {
    const Scalar* entry = x.memptr() + first;
    const Index n = std::min(block, x.n_elem - first);
    total +=
        static_cast<double>(simd::sum(n, [=](auto k) { return k.load(entry) * k.load(entry); }));
  }
  return total;
}

}  // namespace evenkeel::kernels
