#include "evenkeel/testing/invariance.hpp"

#include <algorithm>

namespace evenkeel {

namespace {

Matrix value(const Unary& f, const Matrix& x) {
  Tape tape;
  const NoGrad no_grad(tape);
  return f(tape.constant(x)).value();
}

double largest_change(std::string_view op, const Matrix& before, const Matrix& after) {
  require_same_shape(op, "f(x)", before, "f of the changed x", after);
  const Matrix change = arma::abs(after - before);
  if (change.has_nan()) fail(op, "f made a NaN");  // the largest of NaN and 0 would be 0
  return change.empty() ? 0 : static_cast<double>(change.max());
}

}  // namespace

double shift_invariance(const Unary& f, const Matrix& x, double shift) {
  const Matrix shifted = x + static_cast<Scalar>(shift);
  return largest_change("shift_invariance", value(f, x), value(f, shifted));
}

double scale_invariance(const Unary& f, const Matrix& x, double factor) {
  const Matrix scaled = x * static_cast<Scalar>(factor);
  return largest_change("scale_invariance", value(f, x), value(f, scaled));
}

double sample_independence(const Unary& f, const Matrix& x) {
  const Matrix before = value(f, x);
  if (before.n_cols != x.n_cols) {
    fail("sample_independence", "f(x) must have one column for each column of x, got " +
                                    to_string(shape_of(before)) + " for " + to_string(shape_of(x)));
  }
  double largest = 0;
  for (Index sample = 0; sample < x.n_cols; ++sample) {
    Matrix changed = 2 * x + 1;
    changed.col(sample) = x.col(sample);
    const Matrix after = value(f, changed);
    require_same_shape("sample_independence", "f(x)", before, "f of the changed x", after);
    largest = std::max(
        largest, largest_change("sample_independence", before.col(sample), after.col(sample)));
  }
  return largest;
}

Matrix jacobian(const Unary& f, const Matrix& x) {
  Matrix rows;
  for (Index k = 0; k == 0 || k < rows.n_rows; ++k) {
    Tape tape;
    const Var input = tape.variable(x);
    const Var y = f(input);
    if (k == 0) rows.zeros(y.rows() * y.cols(), x.n_elem);
    if (rows.is_empty()) break;
    Matrix dy(y.rows(), y.cols(), arma::fill::zeros);
    dy[k] = 1;
    tape.backward(y, dy);
    if (input.has_gradient()) rows.row(k) = arma::vectorise(input.gradient()).t();
  }
  return rows;
}

}  // namespace evenkeel
