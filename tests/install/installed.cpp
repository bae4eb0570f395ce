// Built outside the tree with nothing but `pkg-config --cflags --libs evenkeel`, and again with
// evenkeel-float: the flags alone must fix the scalar type and find Armadillo and BLAS.
#include <cmath>
#include <cstdio>
#include <evenkeel/norm/layer_norm.hpp>

namespace ek = evenkeel;

int main() {
  ek::Tape tape;
  const ek::Var x = tape.constant(ek::Matrix{{1, 4}, {3, 8}});
  const ek::Matrix& y = ek::layer_norm(x).value();
  std::printf("%zu bytes, %+.3f %+.3f\n", sizeof(ek::Scalar), double(y(0, 0)), double(y(1, 0)));
  return std::abs(y(0, 0) + 1) < 1e-4 && std::abs(y(1, 1) - 1) < 1e-4 ? 0 : 1;
}
