#include "ops/broadcast.hpp"

#include "base/fail.hpp"

namespace evenkeel {

Shape broadcast_shape(std::string_view op, const Matrix& a, const Matrix& b) {
  const bool rows_fit = a.n_rows == b.n_rows || a.n_rows == 1 || b.n_rows == 1;
  const bool cols_fit = a.n_cols == b.n_cols || a.n_cols == 1 || b.n_cols == 1;
  if (!rows_fit || !cols_fit) {
    fail(op,
         "a ({}) and b ({}) do not fit: rows and columns must each agree, or be 1 "
         "in one of them",
         to_string(shape_of(a)), to_string(shape_of(b)));
  }
  return {a.n_rows == 1 ? b.n_rows : a.n_rows, a.n_cols == 1 ? b.n_cols : a.n_cols};
}

}  // namespace evenkeel
