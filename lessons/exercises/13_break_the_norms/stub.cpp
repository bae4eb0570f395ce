#include "13_break_the_norms/task.hpp"

// True if nothing is found wrong with the norms that make_norm makes.
bool norm_is_right(const MakeNorm& make_norm) {
  Random random(1);
  const Matrix x = random.normal(3, 8);
  const std::unique_ptr<NormUnderTest> norm = make_norm(3);
  const Matrix y = norm->train(x);
  // A beginning: y has x's shape. What else must hold?
  if (y.n_rows != x.n_rows || y.n_cols != x.n_cols) return false;
  return true;
}
