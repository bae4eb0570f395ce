#include "evenkeel/ops/gather.hpp"

#include <fmt/format.h>

#include "kernels/map.hpp"

namespace evenkeel {

void Gather::forward(const Matrix& x, Matrix& y) {
  set_shape(y, {x.n_rows, columns.size()});
  for (Index j = 0; j < columns.size(); ++j) {
    if (columns[j] >= x.n_cols) {
      fail(name(), fmt::format("columns[{}] must be below {} to match x ({}), got {}", j, x.n_cols,
                               to_string(shape_of(x)), columns[j]));
    }
    std::copy_n(x.colptr(columns[j]), x.n_rows, y.colptr(j));
  }
}

void Gather::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  dx.zeros(x.n_rows, x.n_cols);
  for (Index j = 0; j < columns.size(); ++j) {
    const Scalar* from = dy.colptr(j);
    Scalar* to = dx.colptr(columns[j]);
    for (Index i = 0; i < x.n_rows; ++i) to[i] += from[i];
  }
}

Var gather(Var x, const std::vector<Index>& columns) {
  return record<Gather>({x}, [&](Gather& op) { op.columns = columns; });
}

Var gather(Tape& tape, Parameter& table, const std::vector<Index>& columns) {
  return gather(tape.parameter(table), columns);
}

}  // namespace evenkeel
