#include "kernels/broadcast.hpp"

#include <functional>

#include "kernels/sums.hpp"

namespace evenkeel::kernels {

void sum_to_shape(const Matrix& g, Shape to, Matrix& out) {
  if (shape_of(g) == to) {
    out = g;
  } else if (to == Shape{1, 1}) {
    set_shape(out, to);
    out(0, 0) = sum_all(g);
  } else if (to.rows == 1) {
    sum_rows(g, out);
  } else {
    sum_columns(g, out);
  }
}

namespace {

// da = f(dy, b), summed over the directions in which a, of this shape, was repeated
template <class F>
void gradient(const Matrix& dy, const Matrix& b, Shape a, Matrix& da, Matrix& term, F f) {
  if (a == shape_of(dy)) return broadcast_map(dy, b, a, da, f);
  broadcast_map(dy, b, shape_of(dy), term, f);
  sum_to_shape(term, a, da);
}

}  // namespace

void add_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db) {
  if (da) sum_to_shape(dy, shape_of(a), *da);
  if (db) sum_to_shape(dy, shape_of(b), *db);
}

void subtract_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db) {
  add_backward(a, b, dy, da, db);
  if (db) map(*db, *db, std::negate<>());
}

void multiply_backward(const Matrix& a, const Matrix& b, const Matrix& dy, Matrix* da, Matrix* db,
                       Matrix& term) {
  if (da) gradient(dy, b, shape_of(a), *da, term, std::multiplies<>());
  if (db) gradient(dy, a, shape_of(b), *db, term, std::multiplies<>());
}

void divide_backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy,
                     Matrix* da, Matrix* db, Matrix& term) {
  if (da) gradient(dy, b, shape_of(a), *da, term, std::divides<>());
  if (!db) return;
  map(dy, y, term, std::multiplies<>());
  broadcast_map(term, b, shape_of(dy), term, [](Scalar dy_y, Scalar b) { return -dy_y / b; });
  sum_to_shape(term, shape_of(b), *db);
}

void channel_bias(const Matrix& x, const Matrix& b, Matrix& y) {
  const Index positions = x.n_rows / b.n_rows;
  set_shape(y, shape_of(x));
  parallel_blocks(x.n_cols, block_for_cost(x.n_rows), [&](Index first, Index last) {
    for (Index i = first * x.n_rows; i < last * x.n_rows; i += positions) {
      const Scalar bias = b[i / positions % b.n_rows];
      for (Index p = i; p < i + positions; ++p) y[p] = x[p] + bias;
    }
  });
}

void channel_bias_backward(const Matrix& dy, Index channels, Matrix& db) {
  const Index positions = dy.n_rows / channels;
  db.zeros(channels, 1);
  for (Index i = 0; i < dy.n_elem; i += positions) {
    db[i / positions % db.n_rows] += sum_of(i, i + positions, [&](Index p) { return dy[p]; });
  }
}

}  // namespace evenkeel::kernels
