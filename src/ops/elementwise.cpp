#include "evenkeel/ops/elementwise.hpp"

#include <cmath>

#include "kernels/vector_map.hpp"

namespace evenkeel {

void Exp::forward(const Matrix& x, Matrix& y) {
  map_vectors(x, y, [](auto x) { return simd::exp(x); });
}

void Exp::backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) {
  map(y, dy, dx, [](Scalar y, Scalar dy) { return y * dy; });
}

void Log::forward(const Matrix& x, Matrix& y) {
  map(x, y, [](Scalar x) { return std::log(x); });
}

void Log::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  map(x, dy, dx, [](Scalar x, Scalar dy) { return dy / x; });
}

void Sqrt::forward(const Matrix& x, Matrix& y) {
  map(x, y, [](Scalar x) { return std::sqrt(x); });
}

void Sqrt::backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) {
  map(y, dy, dx, [](Scalar y, Scalar dy) { return dy / (2 * y); });
}

void Square::forward(const Matrix& x, Matrix& y) {
  map(x, y, [](Scalar x) { return x * x; });
}

void Square::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  map(x, dy, dx, [](Scalar x, Scalar dy) { return 2 * x * dy; });
}

void Pow::forward(const Matrix& x, Matrix& y) {
  map(x, y, [p = exponent](Scalar x) { return std::pow(x, p); });
}

void Pow::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  if (exponent == 0) {  // 0 · x⁻¹ would be NaN at 0
    dx.zeros(x.n_rows, x.n_cols);
    return;
  }
  map(x, dy, dx, [p = exponent](Scalar x, Scalar dy) { return p * std::pow(x, p - 1) * dy; });
}

void Abs::forward(const Matrix& x, Matrix& y) {
  map(x, y, [](Scalar x) { return std::abs(x); });
}

void Abs::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  map(x, dy, dx, [](Scalar x, Scalar dy) { return x > 0 ? dy : x < 0 ? -dy : Scalar(0); });
}

// --- on Vars -------------------------------------------------------------------------------------

Var exp(Var x) {
  return record<Exp>({x});
}
Var log(Var x) {
  return record<Log>({x});
}
Var sqrt(Var x) {
  return record<Sqrt>({x});
}
Var square(Var x) {
  return record<Square>({x});
}
Var abs(Var x) {
  return record<Abs>({x});
}

Var pow(Var x, double exponent) {
  return record<Pow>({x}, [&](Pow& op) { op.exponent = static_cast<Scalar>(exponent); });
}

}  // namespace evenkeel
