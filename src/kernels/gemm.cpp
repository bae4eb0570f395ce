#include "kernels/gemm.hpp"

#include <algorithm>
#include <bit>

#include "evenkeel/core/parallel.hpp"
#include "kernels/blas.hpp"
#include "kernels/map.hpp"

namespace evenkeel {

namespace {

// Where row i of a factor (or its column j, when transposed) starts.
const Scalar* from_row(const Factor& a, Index i) {
  return a.matrix.memptr() + (a.transposed ? i * a.matrix.n_rows : i);
}
const Scalar* from_col(const Factor& b, Index j) {
  return b.matrix.memptr() + (b.transposed ? j : j * b.matrix.n_rows);
}

// `rows` rows from `row` on and `cols` columns from `col` on of y, by one call of BLAS.
void gemm_part(const Factor& a, const Factor& b, Matrix& y, Index row, Index rows, Index col,
               Index cols) {
  blas::gemm(rows, cols, a.cols(), 1, {from_row(a, row), a.matrix.n_rows, a.transposed},
             {from_col(b, col), b.matrix.n_rows, b.transposed}, 0, y.colptr(col) + row, y.n_rows);
}

// Smaller than a call of BLAS.
void gemm_tiny(const Factor& a, const Factor& b, Matrix& y) {
  const Index step_a = a.transposed ? 1 : a.matrix.n_rows;
  const Index step_b = b.transposed ? b.matrix.n_rows : 1;
  for (Index j = 0; j < y.n_cols; ++j) {
    for (Index i = 0; i < y.n_rows; ++i) {
      Scalar sum = 0;
      for (Index l = 0; l < a.cols(); ++l) {
        sum += from_row(a, i)[l * step_a] * from_col(b, j)[l * step_b];
      }
      y.at(i, j) = sum;
    }
  }
}

// How much of the longer side goes into one part: 1, 2, 4 or 8 equal parts. Two as soon as half the
// work (2^18 multiplications, about 4 µs) is worth handing over; more only if a part stays 256
// wide, since BLAS packs the other factor again for each part, at the price of some 30 columns.
Index part_size(Index side, Index cost_of_one) {
  if (side * cost_of_one < Index{1} << 19) return side;
  const Index parts = std::clamp<Index>(std::bit_floor(side / 256), 2, 8);
  return ((side + parts - 1) / parts + 7) / 8 * 8;  // whole tiles of BLAS
}

}  // namespace

void gemm(Factor a, Factor b, Matrix& y) {
  const Index rows = a.rows(), inner = a.cols(), cols = b.cols();
  set_shape(y, {rows, cols});
  if (rows * inner * cols <= 64) return gemm_tiny(a, b, y);
  if (cols >= rows) {
    parallel_blocks(cols, part_size(cols, rows * inner), [&](Index first, Index last) {
      gemm_part(a, b, y, 0, rows, first, last - first);
    });
  } else {
    parallel_blocks(rows, part_size(rows, cols * inner), [&](Index first, Index last) {
      gemm_part(a, b, y, first, last - first, 0, cols);
    });
  }
}

}  // namespace evenkeel
