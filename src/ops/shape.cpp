#include "evenkeel/ops/shape.hpp"

#include <fmt/format.h>

#include "kernels/map.hpp"

namespace evenkeel {

namespace {

void require_inside(std::string_view op, std::string_view what, Index first, Index count,
                    Index size, const Matrix& x) {
  if (count == 0) fail(op, fmt::format("must take at least one of the {} of x, got 0", what));
  if (count <= size && first <= size - count) return;
  fail(op, fmt::format("{} of the {} from {} on must lie in x ({}), which has {}", count, what,
                       first, to_string(shape_of(x)), size));
}

}  // namespace

void Transpose::forward(const Matrix& x, Matrix& y) {
  y = x.t();
}

void Transpose::backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) {
  dx = dy.t();
}

void SliceRows::forward(const Matrix& x, Matrix& y) {
  require_inside(name(), "rows", first, count, x.n_rows, x);
  y = x.rows(first, first + count - 1);
}

void SliceRows::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  dx.zeros(x.n_rows, x.n_cols);
  dx.rows(first, first + count - 1) = dy;
}

void SliceCols::forward(const Matrix& x, Matrix& y) {
  require_inside(name(), "columns", first, count, x.n_cols, x);
  y = x.cols(first, first + count - 1);
}

void SliceCols::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  dx.zeros(x.n_rows, x.n_cols);
  dx.cols(first, first + count - 1) = dy;
}

void ConcatenateRows::forward(std::span<const Matrix* const> x, Matrix& y) {
  Index rows = 0;
  for (const Matrix* part : x) {
    if (part->n_cols != x[0]->n_cols) {
      fail(name(),
           fmt::format("all must have {} columns to match the first ({}), got {}", x[0]->n_cols,
                       to_string(shape_of(*x[0])), to_string(shape_of(*part))));
    }
    rows += part->n_rows;
  }
  set_shape(y, {rows, x[0]->n_cols});
  Index row = 0;
  for (const Matrix* part : x) {
    if (part->n_rows > 0) y.rows(row, row + part->n_rows - 1) = *part;
    row += part->n_rows;
  }
}

void ConcatenateRows::backward(std::span<const Matrix* const> x, const Matrix&, const Matrix& dy,
                               std::span<Matrix* const> dx) {
  Index row = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Index rows = x[k]->n_rows;
    if (dx[k]) {
      set_shape(*dx[k], shape_of(*x[k]));
      if (rows > 0) *dx[k] = dy.rows(row, row + rows - 1);
    }
    row += rows;
  }
}

void ConcatenateCols::forward(std::span<const Matrix* const> x, Matrix& y) {
  Index cols = 0;
  for (const Matrix* part : x) {
    if (part->n_rows != x[0]->n_rows) {
      fail(name(),
           fmt::format("all must have {} rows to match the first ({}), got {}", x[0]->n_rows,
                       to_string(shape_of(*x[0])), to_string(shape_of(*part))));
    }
    cols += part->n_cols;
  }
  set_shape(y, {x[0]->n_rows, cols});
  Index col = 0;
  for (const Matrix* part : x) {
    if (part->n_cols > 0) y.cols(col, col + part->n_cols - 1) = *part;
    col += part->n_cols;
  }
}

void ConcatenateCols::backward(std::span<const Matrix* const> x, const Matrix&, const Matrix& dy,
                               std::span<Matrix* const> dx) {
  Index col = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Index cols = x[k]->n_cols;
    if (dx[k]) {
      set_shape(*dx[k], shape_of(*x[k]));
      if (cols > 0) *dx[k] = dy.cols(col, col + cols - 1);
    }
    col += cols;
  }
}

void Reshape::forward(const Matrix& x, Matrix& y) {
  if (rows * cols != x.n_elem) {
    fail(name(), fmt::format("x ({}) must have {} entries to become {}×{}, got {}",
                             to_string(shape_of(x)), rows * cols, rows, cols, x.n_elem));
  }
  set_shape(y, {rows, cols});
  std::copy(x.begin(), x.end(), y.begin());
}

void Reshape::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  set_shape(dx, shape_of(x));
  std::copy(dy.begin(), dy.end(), dx.begin());
}

// --- on Vars -------------------------------------------------------------------------------------

Var transpose(Var x) {
  return record<Transpose>({x});
}

Var slice_rows(Var x, Index first, Index count) {
  return record<SliceRows>({x}, [&](SliceRows& op) {
    op.first = first;
    op.count = count;
  });
}

Var slice_cols(Var x, Index first, Index count) {
  return record<SliceCols>({x}, [&](SliceCols& op) {
    op.first = first;
    op.count = count;
  });
}

template <class T>
static Var concatenate(std::string_view name, std::span<const Input> x) {
  if (x.empty()) fail(name, "needs at least one input, got none");
  return record<T>(x);
}

Var concatenate_rows(std::initializer_list<Input> x) {
  return concatenate<ConcatenateRows>("concatenate_rows", {x.begin(), x.size()});
}
Var concatenate_rows(std::span<const Var> x) {
  return concatenate<ConcatenateRows>("concatenate_rows", std::vector<Input>(x.begin(), x.end()));
}

Var concatenate_cols(std::initializer_list<Input> x) {
  return concatenate<ConcatenateCols>("concatenate_cols", {x.begin(), x.size()});
}
Var concatenate_cols(std::span<const Var> x) {
  return concatenate<ConcatenateCols>("concatenate_cols", std::vector<Input>(x.begin(), x.end()));
}

Var reshape(Var x, Index rows, Index cols) {
  return record<Reshape>({x}, [&](Reshape& op) {
    op.rows = rows;
    op.cols = cols;
  });
}

Var detach(Var x) {
  return x.tape().constant(x.value());
}

}  // namespace evenkeel
