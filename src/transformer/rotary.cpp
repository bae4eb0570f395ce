#include "evenkeel/transformer/rotary.hpp"

#include <cmath>

#include "attention/kernels/attention.hpp"
#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"

namespace evenkeel {

namespace {

// t ω_i for pair i in row i and position t in column t; in double for both precisions: t is large,
// and sin wants its fraction.
arma::mat angles(Index features, Index length, double base) {
  arma::mat theta((features + 1) / 2, length);
  for (Index i = 0; i < theta.n_rows; ++i) {
    const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(features);
    const double frequency = std::pow(base, -exponent);
    for (Index t = 0; t < length; ++t) theta(i, t) = static_cast<double>(t) * frequency;
  }
  return theta;
}

}  // namespace

struct Rotary final : UnaryOp {
  RotaryOptions options;
  Matrix cosine, sine;  // of t ω_i, d/2 × T

  std::string_view name() const override { return "rotary"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (tables_for_ != options) fill_tables();
    rotate(x, 1, y);
  }

  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    rotate(dy, -1, dx);
  }

 private:
  // y = R(direction · t ω) x, direction 1 or −1
  void rotate(const Matrix& x, Scalar direction, Matrix& y) const {
    const Index rows = options.rows == 0 ? x.n_rows : options.rows;
    if (fast_kernels()) return kernels::rotate(x, cosine, sine, rows, direction, y);
    const arma::uvec even = arma::regspace<arma::uvec>(0, 2, rows - 1), odd = even + 1;
    const Matrix a = x.rows(even), b = x.rows(odd);
    const Index heads = rows / options.head_features, sequences = x.n_cols / cosine.n_cols;
    const Matrix c = arma::repmat(cosine, heads, sequences);
    const Matrix s = direction * arma::repmat(sine, heads, sequences);
    y = x;
    y.rows(even) = c % a - s % b;
    y.rows(odd) = s % a + c % b;
  }

  void fill_tables() {
    const arma::mat theta = angles(options.head_features, options.sequence_length, options.base);
    cosine = arma::conv_to<Matrix>::from(arma::cos(theta));
    sine = arma::conv_to<Matrix>::from(arma::sin(theta));
    tables_for_ = options;
  }

  RotaryOptions tables_for_;
};

Var rotary(Var x, const RotaryOptions& o) {
  const Index rows = o.rows == 0 ? x.rows() : o.rows;
  require(o.head_features > 0 && o.head_features % 2 == 0, "rotary",
          "a head must have an even number of features, got {}", o.head_features);
  require(rows <= x.rows() && rows % o.head_features == 0, "rotary",
          "{} rows of {} cannot be cut into heads of {}", rows, x.rows(), o.head_features);
  require(o.sequence_length > 0 && x.cols() % o.sequence_length == 0, "rotary",
          "{} tokens cannot be cut into sequences of {}", x.cols(), o.sequence_length);
  return record<Rotary>({x}, [&](Rotary& op) { op.options = o; });
}

Matrix sinusoidal_positions(Index width, Index length) {
  const arma::mat theta = angles(width, length, 10000);
  Matrix table(width, length);
  for (Index t = 0; t < length; ++t) {
    for (Index row = 0; row < width; ++row) {
      const double angle = theta(row / 2, t);
      table(row, t) = static_cast<Scalar>(row % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
  return table;
}

}  // namespace evenkeel
