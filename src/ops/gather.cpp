#include "evenkeel/ops/gather.hpp"

#include "base/fail.hpp"

namespace evenkeel {

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

Var gather(Var x, const std::vector<Index>& columns) {
  return record<Gather>({x}, [&](Gather& op) { op.columns = columns; });
}

Var gather(Tape& tape, Parameter& table, const std::vector<Index>& columns) {
  return gather(tape.parameter(table), columns);
}

}  // namespace evenkeel
