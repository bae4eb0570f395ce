#include "evenkeel/ops/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "evenkeel/core/parallel.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/core/tape.hpp"
#include "kernels/map.hpp"

namespace evenkeel {

namespace {

// body(place, corner) for every place of the window on one sample: the row in y,
// and the row in x of the window's first entry.
template <class Body>
void for_each_place(ImageShape in, ImageShape out, Index stride, Body body) {
  Index place = 0;
  for (Index c = 0; c < in.channels; ++c) {
    for (Index oy = 0; oy < out.height; ++oy) {
      for (Index ox = 0; ox < out.width; ++ox) {
        body(place++, (c * in.height + oy * stride) * in.width + ox * stride);
      }
    }
  }
}

template <class Body>
void parallel_samples(ImageShape in, Index samples, Body body) {
  parallel_blocks(samples, block_for_cost(in.rows()), [&](Index first, Index last) {
    for (Index sample = first; sample < last; ++sample) body(sample);
  });
}

template <class Pool>
Var pool(Var x, ImageShape in, Window window) {
  return record<Pool>({x}, [&](Pool& op) {
    if (x.rows() != in.rows() || x.rows() == 0) {
      fail(op.name(),
           fmt::format("x must have the {} rows of an image of {}×{}×{}, got {}", in.rows(),
                       in.channels, in.height, in.width, to_string(x.shape())));
    }
    op.in = in;
    op.out = window.output(op.name(), in, in.channels);
    op.window = window;
  });
}

}  // namespace

// --- MaxPool -------------------------------------------------------------------------------------

void MaxPool::forward(const Matrix& x, Matrix& y) {
  set_shape(y, {out.rows(), x.n_cols});
  largest.resize(y.n_elem);
  if (window.height == 2 && window.width == 2) {
    forward_windows(x, y, std::integral_constant<Index, 2>());  // unrolled: twice as fast
  } else {
    forward_windows(x, y, window.height);
  }
}

template <class Size>
void MaxPool::forward_windows(const Matrix& x, Matrix& y, Size size) {
  parallel_samples(in, x.n_cols, [&](Index sample) {
    const Scalar* from = x.colptr(sample);
    Scalar* to = y.colptr(sample);
    std::uint32_t* where = largest.data() + sample * out.rows();
    for_each_place(in, out, window.stride, [&](Index place, Index corner) {
      Index best = corner;
      for (Index ky = 0; ky < size; ++ky) {
        for (Index kx = 0; kx < size; ++kx) {
          const Index row = corner + ky * in.width + kx;
          const Index larger = from[row] > from[best];
          best += larger * (row - best);  // a branch would be mispredicted half of the time
        }
      }
      where[place] = static_cast<std::uint32_t>(best);
      to[place] = from[best];
    });
  });
}

void MaxPool::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  set_shape(dx, shape_of(x));
  parallel_samples(in, x.n_cols, [&](Index sample) {
    const std::uint32_t* where = largest.data() + sample * out.rows();
    const Scalar* d = dy.colptr(sample);
    Scalar* to = dx.colptr(sample);
    std::fill_n(to, in.rows(), Scalar{0});
    for (Index place = 0; place < out.rows(); ++place) to[where[place]] += d[place];
  });
}

// --- AveragePool ---------------------------------------------------------------------------------

void AveragePool::forward(const Matrix& x, Matrix& y) {
  set_shape(y, {out.rows(), x.n_cols});
  const Scalar n = static_cast<Scalar>(window.height * window.width);
  parallel_samples(in, x.n_cols, [&](Index sample) {
    const Scalar* from = x.colptr(sample);
    for_each_place(in, out, window.stride, [&](Index place, Index corner) {
      Scalar sum = 0;
      for (Index ky = 0; ky < window.height; ++ky) {
        for (Index kx = 0; kx < window.width; ++kx) sum += from[corner + ky * in.width + kx];
      }
      y(place, sample) = sum / n;
    });
  });
}

void AveragePool::backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) {
  dx.zeros(x.n_rows, x.n_cols);
  const Scalar n = static_cast<Scalar>(window.height * window.width);
  parallel_samples(in, x.n_cols, [&](Index sample) {
    Scalar* to = dx.colptr(sample);
    for_each_place(in, out, window.stride, [&](Index place, Index corner) {
      const Scalar share = dy(place, sample) / n;
      for (Index ky = 0; ky < window.height; ++ky) {
        for (Index kx = 0; kx < window.width; ++kx) to[corner + ky * in.width + kx] += share;
      }
    });
  });
}

// --- on Vars -------------------------------------------------------------------------------------

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
