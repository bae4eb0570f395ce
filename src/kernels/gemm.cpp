#include "kernels/ops.hpp"

#include <algorithm>
#include <bit>
#include <functional>

#include "evenkeel/base/parallel.hpp"
#include "kernels/blas.hpp"
#include "kernels/broadcast.hpp"
#include "kernels/sums.hpp"

namespace evenkeel::kernels {

namespace {

// One factor: its memory, and how it is read.
struct Factor {
  const Matrix& matrix;
  bool transposed;

  Index rows() const { return transposed ? matrix.n_cols : matrix.n_rows; }
  Index cols() const { return transposed ? matrix.n_rows : matrix.n_cols; }
  Index to_next_row() const { return transposed ? matrix.n_rows : 1; }
  Index to_next_col() const { return transposed ? 1 : matrix.n_rows; }
  const Scalar* at(Index row, Index col) const {
    return matrix.memptr() + row * to_next_row() + col * to_next_col();
  }
  blas::Part from(Index row, Index col) const { return {at(row, col), matrix.n_rows, transposed}; }
};

// Smaller than a call of BLAS.
void product_by_entries(Factor a, Factor b, Matrix& y) {
  for (Index j = 0; j < y.n_cols; ++j) {
    for (Index i = 0; i < y.n_rows; ++i) {
      Scalar sum = 0;
      for (Index l = 0; l < a.cols(); ++l) sum += *a.at(i, l) * *b.at(l, j);
      y.at(i, j) = sum;
    }
  }
}

// How much of the longer side goes into one part: 1, 2, 4, 8 or 16 equal parts. Two as soon as half
// the work (2^18 multiplications, about 4 µs) is worth handing over; more only if a part stays 128
// wide, since the library packs the other factor again for each part.
Index part_size(Index side, Index cost_of_one) {
  if (side * cost_of_one < Index{1} << 19) return side;
  const Index parts = std::clamp<Index>(std::bit_floor(side / 128), 2, 16);
  return ((side + parts - 1) / parts + 7) / 8 * 8;  // whole tiles of BLAS
}

void product(Factor a, Factor b, Matrix& y) {
  const Index rows = a.rows(), inner = a.cols(), cols = b.cols();
  set_shape(y, {rows, cols});
  if (rows * inner * cols <= 64) return product_by_entries(a, b, y);
  if (cols >= rows) {
    parallel_blocks(cols, part_size(cols, rows * inner), [&](Index first, Index last) {
      blas::gemm(rows, last - first, inner, 1, a.from(0, 0), b.from(0, first), 0, y.colptr(first),
                 rows);
    });
  } else {
    parallel_blocks(rows, part_size(rows, cols * inner), [&](Index first, Index last) {
      blas::gemm(last - first, cols, inner, 1, a.from(first, 0), b.from(0, 0), 0,
                 y.memptr() + first, rows);
    });
  }
}

}  // namespace

void gemm(const Matrix& a, const Matrix& b, Matrix& y) {
  product({a, false}, {b, false}, y);
}
void gemm_nt(const Matrix& a, const Matrix& b, Matrix& y) {
  product({a, false}, {b, true}, y);
}
void gemm_tn(const Matrix& a, const Matrix& b, Matrix& y) {
  product({a, true}, {b, false}, y);
}

void gemm_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db) {
  if (da) gemm_nt(dy, b, *da);
  if (db) gemm_tn(a, dy, *db);
}

void linear(const Matrix& x, const Matrix& w, const Matrix& b, Matrix& y) {
  gemm(w, x, y);
  broadcast_map(y, b, shape_of(y), y, std::plus<>());
}

void linear_backward(const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx, Matrix* dw,
                     Matrix* db) {
  gemm_backward(w, x, dy, dw, dx);
  if (db) sum_columns(dy, *db);
}

}  // namespace evenkeel::kernels
