#include "evenkeel/transformer/rotary.hpp"

#include <fmt/format.h>

#include <cmath>

#include "kernels/map.hpp"

namespace evenkeel {

namespace {

// t ω_i, in double for both precisions: t is large, and sin wants its fraction.
double angle(Index position, Index pair, Index features, double base) {
  const double exponent = 2.0 * static_cast<double>(pair) / static_cast<double>(features);
  return static_cast<double>(position) * std::pow(base, -exponent);
}

void fill_tables(Rotary& op) {
  const auto& [d, T, rows, base] = op.options;
  op.cosine.set_size(d / 2, T);
  op.sine.set_size(d / 2, T);
  for (Index t = 0; t < T; ++t) {
    for (Index i = 0; i < d / 2; ++i) {
      op.cosine(i, t) = static_cast<Scalar>(std::cos(angle(t, i, d, base)));
      op.sine(i, t) = static_cast<Scalar>(std::sin(angle(t, i, d, base)));
    }
  }
}

// y = R(direction · t ω) x, direction 1 or −1
void turn(const Rotary& op, const Matrix& x, Scalar direction, Matrix& y) {
  set_shape(y, shape_of(x));
  const Index pairs = op.options.head_features / 2;
  const Index rows = op.options.rows == 0 ? x.n_rows : op.options.rows;
  parallel_blocks(x.n_cols, block_for_cost(4 * x.n_rows), [&](Index first, Index last) {
    for (Index column = first; column < last; ++column) {
      const Scalar* from = x.colptr(column);
      Scalar* to = y.colptr(column);
      const Scalar* cosine = op.cosine.colptr(column % op.options.sequence_length);
      const Scalar* sine = op.sine.colptr(column % op.options.sequence_length);
      for (Index row = 0; row < rows; row += 2 * pairs) {
        for (Index i = 0; i < pairs; ++i) {
          const Scalar a = from[row + 2 * i], b = from[row + 2 * i + 1];
          to[row + 2 * i] = cosine[i] * a - direction * sine[i] * b;
          to[row + 2 * i + 1] = direction * sine[i] * a + cosine[i] * b;
        }
      }
      std::copy(from + rows, from + x.n_rows, to + rows);
    }
  });
}

}  // namespace

void Rotary::forward(const Matrix& x, Matrix& y) {
  if (tables_for_ != options) fill_tables(*this);
  tables_for_ = options;
  turn(*this, x, 1, y);
}

void Rotary::backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) {
  turn(*this, dy, -1, dx);
}

Var rotary(Var x, const RotaryOptions& o) {
  const Index rows = o.rows == 0 ? x.rows() : o.rows;
  if (o.head_features == 0 || o.head_features % 2 != 0) {
    fail("rotary",
         fmt::format("a head must have an even number of features, got {}", o.head_features));
  }
  if (rows > x.rows() || rows % o.head_features != 0) {
    fail("rotary", fmt::format("{} rows of {} cannot be cut into heads of {}", rows, x.rows(),
                               o.head_features));
  }
  if (o.sequence_length == 0 || x.cols() % o.sequence_length != 0) {
    fail("rotary",
         fmt::format("{} tokens cannot be cut into sequences of {}", x.cols(), o.sequence_length));
  }
  return record<Rotary>({x}, [&](Rotary& op) { op.options = o; });
}

Matrix sinusoidal_positions(Index width, Index length) {
  Matrix table(width, length, arma::fill::none);
  for (Index t = 0; t < length; ++t) {
    for (Index row = 0; row < width; ++row) {
      const double turned = angle(t, row / 2, width, 10000);
      table(row, t) = static_cast<Scalar>(row % 2 == 0 ? std::sin(turned) : std::cos(turned));
    }
  }
  return table;
}

}  // namespace evenkeel
