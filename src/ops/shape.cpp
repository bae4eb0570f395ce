#include "evenkeel/ops/shape.hpp"

#include "base/fail.hpp"

namespace evenkeel {

struct Transpose final : UnaryOp {
  std::string_view name() const override { return "transpose"; }

  void forward(const Matrix& x, Matrix& y) override { y = x.t(); }

  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = dy.t();
  }
};

// Rows first … first + count − 1.
struct SliceRows final : UnaryOp {
  Index first = 0, count = 1;

  std::string_view name() const override { return "slice_rows"; }

  void forward(const Matrix& x, Matrix& y) override {
    require_inside(x);
    y = x.rows(first, first + count - 1);
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx.zeros(x.n_rows, x.n_cols);
    dx.rows(first, first + count - 1) = dy;
  }

 private:
  void require_inside(const Matrix& x) const {
    if (count == 0) fail(name(), "must take at least one of the rows of x, got 0");
    if (count <= x.n_rows && first <= x.n_rows - count) return;
    fail(name(), "{} of the rows from {} on must lie in x ({}), which has {}", count, first,
         to_string(shape_of(x)), x.n_rows);
  }
};

// One below the other.
struct ConcatenateRows final : ListOp {
  std::string_view name() const override { return "concatenate_rows"; }

  void forward(std::span<const Matrix* const> x, Matrix& y) override {
    Index total = 0;
    for (const Matrix* part : x) {
      require_like_first(*x[0], *part);
      total += part->n_rows;
    }
    y.set_size(total, x[0]->n_cols);
    Index at = 0;
    for (const Matrix* part : x) {
      if (!part->is_empty()) y.submat(at, 0, arma::size(*part)) = *part;
      at += part->n_rows;
    }
  }

  void backward(std::span<const Matrix* const> x, const Matrix&, const Matrix& dy,
                std::span<Matrix* const> dx) override {
    Index at = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (dx[k]) dx[k]->set_size(x[k]->n_rows, x[k]->n_cols);
      if (dx[k] && !x[k]->is_empty()) *dx[k] = dy.submat(at, 0, arma::size(*x[k]));
      at += x[k]->n_rows;
    }
  }

 private:
  void require_like_first(const Matrix& first, const Matrix& part) const {
    if (part.n_cols == first.n_cols) return;
    fail(name(), "all must have {} columns to match the first ({}), got {}", first.n_cols,
         to_string(shape_of(first)), to_string(shape_of(part)));
  }
};

struct Gather final : UnaryOp {
  std::vector<Index> columns;

  std::string_view name() const override { return "gather"; }

  void forward(const Matrix& x, Matrix& y) override {
    y.set_size(x.n_rows, columns.size());
    for (Index j = 0; j < columns.size(); ++j) {
      if (columns[j] >= x.n_cols) {
        fail(name(), "columns[{}] must be below {} to match x ({}), got {}", j, x.n_cols,
             to_string(shape_of(x)), columns[j]);
      }
      y.col(j) = x.col(columns[j]);
    }
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx.zeros(x.n_rows, x.n_cols);
    for (Index j = 0; j < columns.size(); ++j) dx.col(columns[j]) += dy.col(j);
  }
};

struct Reshape final : UnaryOp {
  Index rows = 1, cols = 1;

  std::string_view name() const override { return "reshape"; }

  void forward(const Matrix& x, Matrix& y) override {
    const bool fits = rows == 0 ? x.is_empty() : x.n_elem % rows == 0 && x.n_elem / rows == cols;
    if (!fits) {  // rows · cols could overflow
      fail(name(), "x ({}) has {} entries and cannot become {}×{}", to_string(shape_of(x)),
           x.n_elem, rows, cols);
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

static Var concatenate(const std::vector<Input>& x) {
  if (x.empty()) fail("concatenate_rows", "needs at least one input, got none");
  return record<ConcatenateRows>(x);
}

Var concatenate_rows(std::initializer_list<Input> x) {
  return concatenate(x);
}
Var concatenate_rows(std::span<const Var> x) {
  return concatenate({x.begin(), x.end()});
}

Var gather(Var x, const std::vector<Index>& columns) {
  return record<Gather>({x}, [&](Gather& op) { op.columns = columns; });
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
