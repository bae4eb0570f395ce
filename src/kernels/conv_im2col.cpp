#include "kernels/conv.hpp"

#include <algorithm>

#include "evenkeel/core/parallel.hpp"
#include "kernels/blas.hpp"
#include "kernels/map.hpp"
#include "kernels/sums.hpp"

namespace evenkeel::kernels {

namespace {

// Calls run(from, to, count, step) for each line of the window's entry (c, ky, kx): `count` places
// along a line of the output, at `to`, that read x at `from`, `from + step`, …; and
// gap(first, count) for the places that lie beyond the image.
template <class Run, class Gap>
void for_each_line(const Conv& conv, Index c, Index ky, Index kx, Run run, Gap gap) {
  const auto [channels, height, width] = conv.in;
  const auto [unused, out_height, out_width] = conv.out;
  const Index stride = conv.window.stride, padding = conv.window.padding;
  // places ox with padding ≤ ox·stride + kx < width + padding
  const Index begin = kx >= padding ? 0 : (padding - kx + stride - 1) / stride;
  const Index beyond = width + padding > kx ? (width + padding - kx + stride - 1) / stride : 0;
  const Index end = std::min(beyond, out_width);
  for (Index oy = 0; oy < out_height; ++oy) {
    const Index line = oy * out_width;
    const Index y = oy * stride + ky - padding;  // wraps above the image
    if (y >= height || begin >= end) {
      gap(line, out_width);
      continue;
    }
    gap(line, begin);
    gap(line + end, out_width - end);
    run((c * height + y) * width + begin * stride + kx - padding, line + begin, end - begin,
        stride);
  }
}

// body(k, c, ky, kx) for each entry k of the window.
template <class Body>
void for_each_entry(const Conv& conv, Body body) {
  Index k = 0;
  for (Index c = 0; c < conv.in.channels; ++c) {
    for (Index ky = 0; ky < conv.window.height; ++ky) {
      for (Index kx = 0; kx < conv.window.width; ++kx) body(k++, c, ky, kx);
    }
  }
}

// patches: positions of the output × entries of the window, for one sample
void image_to_patches(const Conv& conv, const Scalar* x, Scalar* patches) {
  for_each_entry(conv, [&](Index k, Index c, Index ky, Index kx) {
    Scalar* column = patches + k * conv.out.positions();
    for_each_line(
        conv, c, ky, kx,
        [&](Index from, Index to, Index count, Index step) {
          if (step == 1) {
            std::copy_n(x + from, count, column + to);
          } else {
            for (Index i = 0; i < count; ++i) column[to + i] = x[from + i * step];
          }
        },
        [&](Index first, Index count) { std::fill_n(column + first, count, Scalar{0}); });
  });
}

// col2im: adds each patch's entries to the image.
void patches_to_image(const Conv& conv, const Scalar* patches, Scalar* dx) {
  std::fill_n(dx, conv.in.rows(), Scalar{0});
  for_each_entry(conv, [&](Index k, Index c, Index ky, Index kx) {
    const Scalar* column = patches + k * conv.out.positions();
    for_each_line(
        conv, c, ky, kx,
        [&](Index from, Index to, Index count, Index step) {
          for (Index i = 0; i < count; ++i) dx[from + i * step] += column[to + i];
        },
        [](Index, Index) {});
  });
}

// At most 16 blocks of samples, each with memory of its own, whose dw are added in their order.
Index samples_of_a_block(const Conv& conv, const Matrix& w, Index samples) {
  return std::max((samples + 15) / 16, block_for_cost(conv.out.positions() * w.n_elem / 8));
}

}  // namespace

void conv_forward(const Conv& conv, const Matrix& x, const Matrix& w, Matrix& y) {
  if (direct_fits(conv)) return direct_forward(conv, x, w, y);
  const Index positions = conv.out.positions();
  set_shape(y, {conv.out.rows(), x.n_cols});
  const Index block = samples_of_a_block(conv, w, x.n_cols);
  set_shape(conv.patches, {positions * w.n_cols, (x.n_cols + block - 1) / block});
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* patches = conv.patches.colptr(first / block);
    for (Index sample = first; sample < last; ++sample) {
      image_to_patches(conv, x.colptr(sample), patches);
      blas::gemm(positions, w.n_rows, w.n_cols, 1, {patches, positions},
                 {w.memptr(), w.n_rows, true}, 0, y.colptr(sample), positions);
    }
  });
}

void conv_backward(const Conv& conv, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw) {
  if (direct_fits(conv)) return direct_backward(conv, x, w, dy, dx, dw);
  const Index positions = conv.out.positions();
  const Index block = samples_of_a_block(conv, w, x.n_cols);
  const Index blocks = (x.n_cols + block - 1) / block;
  if (dx) set_shape(*dx, shape_of(x));
  set_shape(conv.patches, {positions * w.n_cols, blocks});
  if (dw) conv.parts.zeros(w.n_elem, blocks);
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* patches = conv.patches.colptr(first / block);
    for (Index sample = first; sample < last; ++sample) {
      const blas::Part d{dy.colptr(sample), positions};
      if (dw) {
        image_to_patches(conv, x.colptr(sample), patches);
        blas::gemm(w.n_rows, w.n_cols, positions, 1, {d.first, positions, true},
                   {patches, positions}, 1, conv.parts.colptr(first / block), w.n_rows);
      }
      if (dx) {
        blas::gemm(positions, w.n_cols, w.n_rows, 1, d, {w.memptr(), w.n_rows}, 0, patches,
                   positions);
        patches_to_image(conv, patches, dx->colptr(sample));
      }
    }
  });
  if (dw) {
    set_shape(*dw, shape_of(w));
    sum_parts(conv, *dw);
  }
}

void sum_parts(const Conv& conv, Matrix& dw) {
  dw.zeros();
  for (Index b = 0; b < conv.parts.n_cols; ++b) {
    for (Index i = 0; i < dw.n_elem; ++i) dw[i] += conv.parts(i, b);
  }
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
