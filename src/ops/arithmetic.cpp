#include "evenkeel/ops/arithmetic.hpp"

#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/linear.hpp"
#include "kernels/broadcast.hpp"

namespace evenkeel {

void Add::forward(const Matrix& a, const Matrix& b, Matrix& y) {
  broadcast_map(a, b, broadcast_shape(name(), a, b), y, [](Scalar a, Scalar b) { return a + b; });
}

void Add::backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* da,
                   Matrix* db) {
  if (da) sum_to_shape(dy, shape_of(a), *da);
  if (db) sum_to_shape(dy, shape_of(b), *db);
}

void Subtract::forward(const Matrix& a, const Matrix& b, Matrix& y) {
  broadcast_map(a, b, broadcast_shape(name(), a, b), y, [](Scalar a, Scalar b) { return a - b; });
}

void Subtract::backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy,
                        Matrix* da, Matrix* db) {
  if (da) sum_to_shape(dy, shape_of(a), *da);
  if (db) {
    sum_to_shape(dy, shape_of(b), *db);
    map(*db, *db, [](Scalar sum) { return -sum; });
  }
}

void Multiply::forward(const Matrix& a, const Matrix& b, Matrix& y) {
  broadcast_map(a, b, broadcast_shape(name(), a, b), y, [](Scalar a, Scalar b) { return a * b; });
}

void Multiply::backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy,
                        Matrix* da, Matrix* db) {
  const auto times = [](Scalar dy, Scalar other) { return dy * other; };
  if (da) broadcast_gradient(dy, b, shape_of(a), *da, term, times);
  if (db) broadcast_gradient(dy, a, shape_of(b), *db, term, times);
}

void Divide::forward(const Matrix& a, const Matrix& b, Matrix& y) {
  broadcast_map(a, b, broadcast_shape(name(), a, b), y, [](Scalar a, Scalar b) { return a / b; });
}

void Divide::backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy,
                      Matrix* da, Matrix* db) {
  if (da) {
    broadcast_gradient(dy, b, shape_of(a), *da, term, [](Scalar dy, Scalar b) { return dy / b; });
  }
  if (db) {
    map(dy, y, dy_y, [](Scalar dy, Scalar y) { return dy * y; });
    broadcast_gradient(dy_y, b, shape_of(b), *db, term,
                       [](Scalar dy_y, Scalar b) { return -dy_y / b; });
  }
}

void Scale::forward(const Matrix& x, Matrix& y) {
  map(x, y, [c = factor](Scalar x) { return c * x; });
}

void Scale::backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) {
  map(dy, dx, [c = factor](Scalar dy) { return c * dy; });
}

void Shift::forward(const Matrix& x, Matrix& y) {
  map(x, y, [c = offset](Scalar x) { return x + c; });
}

void Shift::backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) {
  dx = dy;
}

// --- on Vars -------------------------------------------------------------------------------------

Var add(Input a, Input b) {
  return record<Add>({a, b});
}
Var subtract(Input a, Input b) {
  return record<Subtract>({a, b});
}
Var multiply(Input a, Input b) {
  return record<Multiply>({a, b});
}
Var divide(Input a, Input b) {
  return record<Divide>({a, b});
}

Var scale(Var x, double factor) {
  return record<Scale>({x}, [&](Scale& op) { op.factor = static_cast<Scalar>(factor); });
}

Var shift(Var x, double offset) {
  return record<Shift>({x}, [&](Shift& op) { op.offset = static_cast<Scalar>(offset); });
}

Var operator+(Input a, Input b) {
  return add(a, b);
}
Var operator-(Input a, Input b) {
  return subtract(a, b);
}
Var operator%(Input a, Input b) {
  return multiply(a, b);
}
Var operator/(Input a, Input b) {
  return divide(a, b);
}
Var operator*(Input a, Input b) {
  return matmul(a, b);
}

Var operator-(Var x) {
  return scale(x, -1);
}
Var operator+(Var x, double c) {
  return shift(x, c);
}
Var operator+(double c, Var x) {
  return shift(x, c);
}
Var operator-(Var x, double c) {
  return shift(x, -c);
}
Var operator-(double c, Var x) {
  return shift(scale(x, -1), c);
}
Var operator*(Var x, double c) {
  return scale(x, c);
}
Var operator*(double c, Var x) {
  return scale(x, c);
}
Var operator/(Var x, double c) {
  return scale(x, 1 / c);
}
Var operator/(double c, Var x) {
  return scale(pow(x, -1), c);
}

}  // namespace evenkeel
