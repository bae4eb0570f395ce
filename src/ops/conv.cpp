#include "evenkeel/ops/conv.hpp"

#include <fmt/format.h>

#include "conv_kernels.hpp"
#include "evenkeel/core/kernels.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/core/tape.hpp"
#include "kernels/map.hpp"
#include "kernels/sums.hpp"

namespace evenkeel {

namespace {

// Calls body(p, k, row) for every position p of the output and every entry k of the window that
// lies within the image, with that entry's row in x.
template <class Body>
void for_each_tap(const Conv2d& op, Body body) {
  const auto [channels, height, width] = op.in;
  const Window& window = op.window;
  for (Index oy = 0; oy < op.out.height; ++oy) {
    for (Index ox = 0; ox < op.out.width; ++ox) {
      for (Index c = 0; c < channels; ++c) {
        for (Index ky = 0; ky < window.height; ++ky) {
          for (Index kx = 0; kx < window.width; ++kx) {
            const Index y = oy * window.stride + ky - window.padding;  // wraps above the image
            const Index x = ox * window.stride + kx - window.padding;
            if (y >= height || x >= width) continue;
            body(oy * op.out.width + ox, (c * window.height + ky) * window.width + kx,
                 (c * height + y) * width + x);
          }
        }
      }
    }
  }
}

}  // namespace

// --- Conv2d: the formula; the same numbers, fast, in conv_kernels.cpp ----------------------------

void Conv2d::forward(const Matrix& x, const Matrix& w, Matrix& y) {
  if (fast_kernels()) return fast::conv_forward(*this, x, w, y);
  y.zeros(out.rows(), x.n_cols);
  for_each_tap(*this, [&](Index p, Index k, Index row) {
    for (Index sample = 0; sample < x.n_cols; ++sample) {
      for (Index o = 0; o < out.channels; ++o) {
        y(o * out.positions() + p, sample) += w(o, k) * x(row, sample);
      }
    }
  });
}

void Conv2d::backward(const Matrix& x, const Matrix& w, const Matrix&, const Matrix& dy, Matrix* dx,
                      Matrix* dw) {
  if (fast_kernels()) return fast::conv_backward(*this, x, w, dy, dx, dw);
  if (dx) dx->zeros(x.n_rows, x.n_cols);
  if (dw) dw->zeros(w.n_rows, w.n_cols);
  for_each_tap(*this, [&](Index p, Index k, Index row) {
    for (Index sample = 0; sample < x.n_cols; ++sample) {
      for (Index o = 0; o < out.channels; ++o) {
        const Scalar d = dy(o * out.positions() + p, sample);
        if (dx) (*dx)(row, sample) += w(o, k) * d;
        if (dw) (*dw)(o, k) += d * x(row, sample);
      }
    }
  });
}

// --- ChannelBias ---------------------------------------------------------------------------------

void ChannelBias::forward(const Matrix& x, const Matrix& b, Matrix& y) {
  const Index positions = x.n_rows / b.n_rows;
  set_shape(y, shape_of(x));
  parallel_blocks(x.n_cols, block_for_cost(x.n_rows), [&](Index first, Index last) {
    for (Index i = first * x.n_rows; i < last * x.n_rows; i += positions) {
      const Scalar bias = b[i / positions % b.n_rows];
      for (Index p = i; p < i + positions; ++p) y[p] = x[p] + bias;
    }
  });
}

void ChannelBias::backward(const Matrix& x, const Matrix& b, const Matrix&, const Matrix& dy,
                           Matrix* dx, Matrix* db) {
  if (dx) *dx = dy;
  if (!db) return;
  const Index positions = x.n_rows / b.n_rows;
  db->zeros(b.n_rows, 1);
  for (Index i = 0; i < x.n_elem; i += positions) {
    (*db)[i / positions % b.n_rows] += sum_of(i, i + positions, [&](Index p) { return dy[p]; });
  }
}

// --- on Vars -------------------------------------------------------------------------------------

Var conv2d(Input x, Input w, ImageShape in, Window window) {
  const Index taps = in.channels * window.height * window.width;
  if (x.rows() != in.rows() || x.rows() == 0) {
    fail("conv2d", fmt::format("x must have the {} rows of an image of {}×{}×{}, got {}", in.rows(),
                               in.channels, in.height, in.width, to_string(x.shape())));
  }
  require_shape("conv2d", "w", w.value(), {w.rows(), taps}, "channels in × window across");
  return record<Conv2d>({x, w}, [&](Conv2d& op) {
    op.in = in;
    op.out = window.output("conv2d", in, w.rows());
    op.window = window;
  });
}

Var channel_bias(Input x, Input b) {
  if (b.cols() != 1 || b.rows() == 0 || x.rows() % b.rows() != 0) {
    fail("channel_bias",
         fmt::format("b must be channels×1 with channels dividing the rows of x ({}), "
                     "got {}",
                     to_string(x.shape()), to_string(b.shape())));
  }
  return record<ChannelBias>({x, b});
}

}  // namespace evenkeel
