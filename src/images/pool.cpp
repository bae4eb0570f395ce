#include "evenkeel/images/pool.hpp"

#include <cmath>

#include "evenkeel/kernels/kernels.hpp"
#include "images/kernels/images.hpp"

namespace evenkeel {

// The rows of x that the window covers at this place of y, line by line.
static arma::uvec rows_of_window(ImageShape in, ImageShape out, Window window, Index place) {
  const Index channel = place / out.positions();
  const Index top = place % out.positions() / out.width * window.stride;
  const Index left = place % out.width * window.stride;
  arma::uvec rows(window.height * window.width);
  for (Index i = 0; i < rows.n_elem; ++i) {
    const Index y = top + i / window.width, x = left + i % window.width;
    rows[i] = (channel * in.height + y) * in.width + x;
  }
  return rows;
}

struct MaxPool final : UnaryOp {
  ImageShape in, out;
  Window window;
  std::vector<std::uint32_t> largest;  // for each entry of y: its row in x

  std::string_view name() const override { return "max_pool"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::max_pool(x, in, out, window, y, largest);
    y.set_size(out.rows(), x.n_cols);
    largest.resize(y.n_elem);
    for (Index place = 0; place < y.n_rows; ++place) {
      const arma::uvec rows = rows_of_window(in, out, window, place);
      for (Index sample = 0; sample < x.n_cols; ++sample) {
        Index best = rows[0];
        for (Index row : rows) {
          if (x(row, sample) > x(best, sample) || std::isnan(x(row, sample))) best = row;
        }
        y(place, sample) = x(best, sample);
        largest[sample * y.n_rows + place] = static_cast<std::uint32_t>(best);
      }
    }
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::max_pool_backward(dy, largest, in, dx);
    dx.zeros(x.n_rows, x.n_cols);
    for (Index i = 0; i < dy.n_elem; ++i) dx(largest[i], i / dy.n_rows) += dy[i];
  }
};

struct AveragePool final : UnaryOp {
  ImageShape in, out;
  Window window;

  std::string_view name() const override { return "average_pool"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (fast_kernels()) return kernels::average_pool(x, in, out, window, y);
    y.set_size(out.rows(), x.n_cols);
    for (Index place = 0; place < y.n_rows; ++place) {
      const arma::uvec rows = rows_of_window(in, out, window, place);
      y.row(place) = arma::sum(x.rows(rows), 0) / static_cast<Scalar>(rows.n_elem);
    }
  }

  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::average_pool_backward(dy, in, out, window, dx);
    dx.zeros(x.n_rows, x.n_cols);
    for (Index place = 0; place < dy.n_rows; ++place) {
      const arma::uvec rows = rows_of_window(in, out, window, place);
      const Matrix share = dy.row(place) / static_cast<Scalar>(rows.n_elem);
      dx.each_row(rows) += share;
    }
  }
};

template <class Pool>
static Var pool(Var x, ImageShape in, Window window) {
  return record<Pool>({x}, [&](Pool& op) {
    require_images(op.name(), x.value(), in);
    op.in = in;
    op.out = window.output(op.name(), in, in.channels);
    op.window = window;
  });
}

Var max_pool(Var x, ImageShape in, Index size) {
  return pool<MaxPool>(x, in, {size, size, size, 0});
}

Var average_pool(Var x, ImageShape in, Index size) {
  return pool<AveragePool>(x, in, {size, size, size, 0});
}

Var global_average_pool(Var x, ImageShape in) {
  return pool<AveragePool>(x, in, {in.height, in.width, 1, 0});
}

}  // namespace evenkeel
