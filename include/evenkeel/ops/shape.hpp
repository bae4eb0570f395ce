#pragma once
// Ops that move entries and compute nothing: their gradients move back the same way.

#include <initializer_list>
#include <span>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = xᵀ;  dx = dyᵀ
struct Transpose final : UnaryOp {
  std::string_view name() const override { return "transpose"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = rows first … first + count − 1 of x;  dx = dy there, 0 elsewhere
struct SliceRows final : UnaryOp {
  Index first = 0;
  Index count = 1;

  std::string_view name() const override { return "slice_rows"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = columns first … first + count − 1 of x;  dx = dy there, 0 elsewhere
struct SliceCols final : UnaryOp {
  Index first = 0;
  Index count = 1;

  std::string_view name() const override { return "slice_cols"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// y = the x one below the other;  each dx = its rows of dy
struct ConcatenateRows final : ListOp {
  std::string_view name() const override { return "concatenate_rows"; }
  void forward(std::span<const Matrix* const> x, Matrix& y) override;
  void backward(std::span<const Matrix* const> x, const Matrix& y, const Matrix& dy,
                std::span<Matrix* const> dx) override;
};

/// y = the x side by side;  each dx = its columns of dy
struct ConcatenateCols final : ListOp {
  std::string_view name() const override { return "concatenate_cols"; }
  void forward(std::span<const Matrix* const> x, Matrix& y) override;
  void backward(std::span<const Matrix* const> x, const Matrix& y, const Matrix& dy,
                std::span<Matrix* const> dx) override;
};

/// y = the entries of x, read down the columns and filled down the columns;  dx = dy the same way
struct Reshape final : UnaryOp {
  Index rows = 1;
  Index cols = 1;

  std::string_view name() const override { return "reshape"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

Var transpose(Var x);

/// count × cols, rows counted from 0. Throws when they are not all in x, or count is 0.
Var slice_rows(Var x, Index first, Index count);
/// rows × count, columns counted from 0. Throws when they are not all in x, or count is 0.
Var slice_cols(Var x, Index first, Index count);

/// One below the other, so all must have the same number of columns. Throws on none at all.
Var concatenate_rows(std::initializer_list<Input> x);
Var concatenate_rows(std::span<const Var> x);
/// Side by side, so all must have the same number of rows. Throws on none at all.
Var concatenate_cols(std::initializer_list<Input> x);
Var concatenate_cols(std::span<const Var> x);

/// rows × cols, column by column. Throws unless x has rows · cols entries.
Var reshape(Var x, Index rows, Index cols);

/// The value of x as a new constant: backward stops here. Nothing in Evenkeel detaches silently.
Var detach(Var x);

}  // namespace evenkeel
