#include "evenkeel/ops/shape.hpp"

#include <fmt/format.h>

namespace evenkeel {

static void require_inside(std::string_view op, std::string_view what, Index first, Index count,
                           Index size, const Matrix& x) {
  if (count == 0) fail(op, fmt::format("must take at least one of the {} of x, got 0", what));
  if (count <= size && first <= size - count) return;
  fail(op, fmt::format("{} of the {} from {} on must lie in x ({}), which has {}", count, what,
                       first, to_string(shape_of(x)), size));
}

struct Transpose final : UnaryOp {
  std::string_view name() const override { return "transpose"; }

  void forward(const Matrix& x, Matrix& y) override { y = x.t(); }

  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = dy.t();
  }
};

struct SliceRows final : UnaryOp {
  Index first = 0, count = 1;

  std::string_view name() const override { return "slice_rows"; }

  void forward(const Matrix& x, Matrix& y) override {
    require_inside(name(), "rows", first, count, x.n_rows, x);
    y = x.rows(first, first + count - 1);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx.zeros(x.n_rows, x.n_cols);
    dx.rows(first, first + count - 1) = dy;
  }
};

struct SliceCols final : UnaryOp {
  Index first = 0, count = 1;

  std::string_view name() const override { return "slice_cols"; }

  void forward(const Matrix& x, Matrix& y) override {
    require_inside(name(), "columns", first, count, x.n_cols, x);
    y = x.cols(first, first + count - 1);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx.zeros(x.n_rows, x.n_cols);
    dx.cols(first, first + count - 1) = dy;
  }
};

static void require_as_first(std::string_view op, std::string_view what, Index got, Index expected,
                             const Matrix& first, const Matrix& part) {
  if (got == expected) return;
  fail(op, fmt::format("all must have {} {} to match the first ({}), got {}", expected, what,
                       to_string(shape_of(first)), to_string(shape_of(part))));
}

struct ConcatenateRows final : ListOp {
  std::string_view name() const override { return "concatenate_rows"; }

  void forward(std::span<const Matrix* const> x, Matrix& y) override {
    Index rows = 0;
    for (const Matrix* part : x) {
      require_as_first(name(), "columns", part->n_cols, x[0]->n_cols, *x[0], *part);
      rows += part->n_rows;
    }
    y.set_size(rows, x[0]->n_cols);
    Index row = 0;
    for (const Matrix* part : x) {
      if (part->n_rows > 0) y.rows(row, row + part->n_rows - 1) = *part;
      row += part->n_rows;
    }
  }

  void backward(std::span<const Matrix* const> x, const Matrix&, const Matrix& dy,
                std::span<Matrix* const> dx) override {
    Index row = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const Index rows = x[k]->n_rows;
      if (dx[k]) dx[k]->set_size(rows, dy.n_cols);
      if (dx[k] && rows > 0) *dx[k] = dy.rows(row, row + rows - 1);
      row += rows;
    }
  }
};

struct ConcatenateCols final : ListOp {
  std::string_view name() const override { return "concatenate_cols"; }

  void forward(std::span<const Matrix* const> x, Matrix& y) override {
    Index cols = 0;
    for (const Matrix* part : x) {
      require_as_first(name(), "rows", part->n_rows, x[0]->n_rows, *x[0], *part);
      cols += part->n_cols;
    }
    y.set_size(x[0]->n_rows, cols);
    Index col = 0;
    for (const Matrix* part : x) {
      if (part->n_cols > 0) y.cols(col, col + part->n_cols - 1) = *part;
      col += part->n_cols;
    }
  }

  void backward(std::span<const Matrix* const> x, const Matrix&, const Matrix& dy,
                std::span<Matrix* const> dx) override {
    Index col = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const Index cols = x[k]->n_cols;
      if (dx[k]) dx[k]->set_size(dy.n_rows, cols);
      if (dx[k] && cols > 0) *dx[k] = dy.cols(col, col + cols - 1);
      col += cols;
    }
  }
};

struct Reshape final : UnaryOp {
  Index rows = 1, cols = 1;

  std::string_view name() const override { return "reshape"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (rows * cols != x.n_elem) {
      fail(name(), fmt::format("x ({}) must have {} entries to become {}×{}, got {}",
                               to_string(shape_of(x)), rows * cols, rows, cols, x.n_elem));
    }
    y.set_size(rows, cols);
    std::copy(x.begin(), x.end(), y.begin());
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx.set_size(x.n_rows, x.n_cols);
    std::copy(dy.begin(), dy.end(), dx.begin());
  }
};

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
static Var concatenate(const std::vector<Input>& x) {
  if (x.empty()) fail(T().name(), "needs at least one input, got none");
  return record<T>(x);
}

Var concatenate_rows(std::initializer_list<Input> x) {
  return concatenate<ConcatenateRows>(x);
}
Var concatenate_rows(std::span<const Var> x) {
  return concatenate<ConcatenateRows>(std::vector<Input>(x.begin(), x.end()));
}
Var concatenate_cols(std::initializer_list<Input> x) {
  return concatenate<ConcatenateCols>(x);
}
Var concatenate_cols(std::span<const Var> x) {
  return concatenate<ConcatenateCols>(std::vector<Input>(x.begin(), x.end()));
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
