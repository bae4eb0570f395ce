#include "images/kernels/images.hpp"

#include <type_traits>

#include "kernels/map.hpp"

namespace evenkeel::kernels {

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

// The row of the window's last NaN; `best` if it has none.
Index last_nan(const Scalar* from, Index corner, Index size, Index width, Index best) {
  for (Index ky = 0; ky < size; ++ky) {
    for (Index row = corner + ky * width; row < corner + ky * width + size; ++row) {
      if (from[row] != from[row]) best = row;
    }
  }
  return best;
}

// Size: an Index, or one that is known to the compiler
template <class Size>
void largest_of_windows(const Matrix& x, ImageShape in, ImageShape out, Index stride, Size size,
                        Matrix& y, std::uint32_t* largest) {
  parallel_each(x.n_cols, in.rows(), [&](Index sample) {
    const Scalar* from = x.colptr(sample);
    Scalar* to = y.colptr(sample);
    std::uint32_t* where = largest + sample * out.rows();
    for_each_place(in, out, stride, [&](Index place, Index corner) {
      Index best = corner;
      Scalar sum = 0;  // NaN if one of them is
      for (Index ky = 0; ky < size; ++ky) {
        for (Index kx = 0; kx < size; ++kx) {
          const Index row = corner + ky * in.width + kx;
          const Index larger = from[row] > from[best];
          best += larger * (row - best);  // a branch would be mispredicted half of the time
          sum += from[row];
        }
      }
      if (sum != sum) best = last_nan(from, corner, size, in.width, best);
      where[place] = static_cast<std::uint32_t>(best);
      to[place] = from[best];
    });
  });
}

}  // namespace

void max_pool(const Matrix& x, ImageShape in, ImageShape out, Window window, Matrix& y,
              std::vector<std::uint32_t>& largest) {
  set_shape(y, {out.rows(), x.n_cols});
  largest.resize(y.n_elem);
  if (window.height == 2) {  // unrolled: twice as fast
    constexpr std::integral_constant<Index, 2> two;
    return largest_of_windows(x, in, out, window.stride, two, y, largest.data());
  }
  largest_of_windows(x, in, out, window.stride, window.height, y, largest.data());
}

void max_pool_backward(const Matrix& dy, const std::vector<std::uint32_t>& largest, ImageShape in,
                       Matrix& dx) {
  set_shape(dx, {in.rows(), dy.n_cols});
  parallel_each(dy.n_cols, in.rows(), [&](Index sample) {
    const std::uint32_t* where = largest.data() + sample * dy.n_rows;
    const Scalar* d = dy.colptr(sample);
    Scalar* to = dx.colptr(sample);
    std::fill_n(to, in.rows(), Scalar{0});
    for (Index place = 0; place < dy.n_rows; ++place) to[where[place]] += d[place];
  });
}

void average_pool(const Matrix& x, ImageShape in, ImageShape out, Window window, Matrix& y) {
  set_shape(y, {out.rows(), x.n_cols});
  const Scalar n = static_cast<Scalar>(window.height * window.width);
  parallel_each(x.n_cols, in.rows(), [&](Index sample) {
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

void average_pool_backward(const Matrix& dy, ImageShape in, ImageShape out, Window window,
                           Matrix& dx) {
  dx.zeros(in.rows(), dy.n_cols);
  const Scalar n = static_cast<Scalar>(window.height * window.width);
  parallel_each(dy.n_cols, in.rows(), [&](Index sample) {
    Scalar* to = dx.colptr(sample);
    for_each_place(in, out, window.stride, [&](Index place, Index corner) {
      const Scalar share = dy(place, sample) / n;
      for (Index ky = 0; ky < window.height; ++ky) {
        for (Index kx = 0; kx < window.width; ++kx) to[corner + ky * in.width + kx] += share;
      }
    });
  });
}

}  // namespace evenkeel::kernels
