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

// Rows, or columns, first … first + count − 1.
struct Slice final : UnaryOp {
  bool of_rows = true;
  Index first = 0, count = 1;

  std::string_view name() const override { return of_rows ? "slice_rows" : "slice_cols"; }

  void forward(const Matrix& x, Matrix& y) override {
    require_inside(x);
    y = x(rows(), cols());
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx.zeros(x.n_rows, x.n_cols);
    dx(rows(), cols()) = dy;
  }

 private:
  arma::span taken() const { return arma::span(first, first + count - 1); }
  arma::span rows() const { return of_rows ? taken() : arma::span(); }  // arma::span(): all
  arma::span cols() const { return of_rows ? arma::span() : taken(); }

  void require_inside(const Matrix& x) const {
    const std::string_view what = of_rows ? "rows" : "columns";
    const Index size = of_rows ? x.n_rows : x.n_cols;
    if (count == 0) fail(name(), "must take at least one of the {} of x, got 0", what);
    if (count <= size && first <= size - count) return;
    fail(name(), "{} of the {} from {} on must lie in x ({}), which has {}", count, what, first,
         to_string(shape_of(x)), size);
  }
};

// One below the other, or side by side.
struct Concatenate final : ListOp {
  bool of_rows = true;

  std::string_view name() const override {
    return of_rows ? "concatenate_rows" : "concatenate_cols";
  }

  void forward(std::span<const Matrix* const> x, Matrix& y) override {
    Index total = 0;
    for (const Matrix* part : x) {
      require_like_first(*x[0], *part);
      total += of_rows ? part->n_rows : part->n_cols;
    }
    y.set_size(of_rows ? total : x[0]->n_rows, of_rows ? x[0]->n_cols : total);
    Index at = 0;
    for (const Matrix* part : x) {
      if (!part->is_empty()) y.submat(top(at), left(at), arma::size(*part)) = *part;
      at += of_rows ? part->n_rows : part->n_cols;
    }
  }

  void backward(std::span<const Matrix* const> x, const Matrix&, const Matrix& dy,
                std::span<Matrix* const> dx) override {
    Index at = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (dx[k]) dx[k]->set_size(x[k]->n_rows, x[k]->n_cols);
      if (dx[k] && !x[k]->is_empty()) *dx[k] = dy.submat(top(at), left(at), arma::size(*x[k]));
      at += of_rows ? x[k]->n_rows : x[k]->n_cols;
    }
  }

 private:
  Index top(Index at) const { return of_rows ? at : 0; }
  Index left(Index at) const { return of_rows ? 0 : at; }

  void require_like_first(const Matrix& first, const Matrix& part) const {
    const Index expected = of_rows ? first.n_cols : first.n_rows;
    if ((of_rows ? part.n_cols : part.n_rows) == expected) return;
    fail(name(), "all must have {} {} to match the first ({}), got {}", expected,
         of_rows ? "columns" : "rows", to_string(shape_of(first)), to_string(shape_of(part)));
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

static Var slice(Var x, bool of_rows, Index first, Index count) {
  return record<Slice>({x}, [&](Slice& op) {
    op.of_rows = of_rows;
    op.first = first;
    op.count = count;
  });
}

Var slice_rows(Var x, Index first, Index count) {
  return slice(x, true, first, count);
}
Var slice_cols(Var x, Index first, Index count) {
  return slice(x, false, first, count);
}

static Var concatenate(const std::vector<Input>& x, bool of_rows) {
  if (x.empty()) {
    fail(of_rows ? "concatenate_rows" : "concatenate_cols", "needs at least one input, got none");
  }
  return record<Concatenate>(x, [=](Concatenate& op) { op.of_rows = of_rows; });
}

Var concatenate_rows(std::initializer_list<Input> x) {
  return concatenate(x, true);
}
Var concatenate_rows(std::span<const Var> x) {
  return concatenate({x.begin(), x.end()}, true);
}
Var concatenate_cols(std::initializer_list<Input> x) {
  return concatenate(x, false);
}
Var concatenate_cols(std::span<const Var> x) {
  return concatenate({x.begin(), x.end()}, false);
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
