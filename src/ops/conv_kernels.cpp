#include "conv_kernels.hpp"

#include <algorithm>

#include "evenkeel/core/parallel.hpp"
#include "kernels/blas.hpp"
#include "kernels/map.hpp"

namespace evenkeel::fast {

namespace {

// Calls run(from, to, count, step) for each line of the window's entry (c, ky, kx): `count` places
// along a line of the output, at `to`, that read x at `from`, `from + step`, …; and
// gap(first, count) for the places that lie beyond the image.
template <class Run, class Gap>
void for_each_line(const Conv2d& op, Index c, Index ky, Index kx, Run run, Gap gap) {
  const auto [channels, height, width] = op.in;
  const auto [unused, out_height, out_width] = op.out;
  const Index stride = op.window.stride, padding = op.window.padding;
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
void for_each_entry(const Conv2d& op, Body body) {
  Index k = 0;
  for (Index c = 0; c < op.in.channels; ++c) {
    for (Index ky = 0; ky < op.window.height; ++ky) {
      for (Index kx = 0; kx < op.window.width; ++kx) body(k++, c, ky, kx);
    }
  }
}

// patches: positions of the output × entries of the window, for one sample
void image_to_patches(const Conv2d& op, const Scalar* x, Scalar* patches) {
  for_each_entry(op, [&](Index k, Index c, Index ky, Index kx) {
    Scalar* column = patches + k * op.out.positions();
    for_each_line(
        op, c, ky, kx,
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

// The way back: adds each patch's entries to the image.
void patches_to_image(const Conv2d& op, const Scalar* patches, Scalar* dx) {
  std::fill_n(dx, op.in.rows(), Scalar{0});
  for_each_entry(op, [&](Index k, Index c, Index ky, Index kx) {
    const Scalar* column = patches + k * op.out.positions();
    for_each_line(
        op, c, ky, kx,
        [&](Index from, Index to, Index count, Index step) {
          for (Index i = 0; i < count; ++i) dx[from + i * step] += column[to + i];
        },
        [](Index, Index) {});
  });
}

// At most 16 blocks of samples, each with memory of its own, whose dw are added in their order.
Index samples_of_a_block(const Conv2d& op, const Matrix& w, Index samples) {
  return std::max((samples + 15) / 16, block_for_cost(op.out.positions() * w.n_elem / 8));
}

}  // namespace

void conv_forward(Conv2d& op, const Matrix& x, const Matrix& w, Matrix& y) {
  if (direct_fits(op)) return direct_forward(op, x, w, y);
  const Index positions = op.out.positions();
  set_shape(y, {op.out.rows(), x.n_cols});
  const Index block = samples_of_a_block(op, w, x.n_cols);
  set_shape(op.patches, {positions * w.n_cols, (x.n_cols + block - 1) / block});
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* patches = op.patches.colptr(first / block);
    for (Index sample = first; sample < last; ++sample) {
      image_to_patches(op, x.colptr(sample), patches);
      blas::gemm(positions, w.n_rows, w.n_cols, 1, {patches, positions},
                 {w.memptr(), w.n_rows, true}, 0, y.colptr(sample), positions);
    }
  });
}

void conv_backward(Conv2d& op, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw) {
  if (direct_fits(op)) return direct_backward(op, x, w, dy, dx, dw);
  const Index positions = op.out.positions();
  const Index block = samples_of_a_block(op, w, x.n_cols);
  const Index blocks = (x.n_cols + block - 1) / block;
  if (dx) set_shape(*dx, shape_of(x));
  set_shape(op.patches, {positions * w.n_cols, blocks});
  if (dw) op.parts.zeros(w.n_elem, blocks);
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* patches = op.patches.colptr(first / block);
    for (Index sample = first; sample < last; ++sample) {
      const blas::Part d{dy.colptr(sample), positions};
      if (dw) {
        image_to_patches(op, x.colptr(sample), patches);
        blas::gemm(w.n_rows, w.n_cols, positions, 1, {d.first, positions, true},
                   {patches, positions}, 1, op.parts.colptr(first / block), w.n_rows);
      }
      if (dx) {
        blas::gemm(positions, w.n_cols, w.n_rows, 1, d, {w.memptr(), w.n_rows}, 0, patches,
                   positions);
        patches_to_image(op, patches, dx->colptr(sample));
      }
    }
  });
  if (!dw) return;
  dw->zeros(w.n_rows, w.n_cols);
  for (Index b = 0; b < blocks; ++b) {
    for (Index i = 0; i < w.n_elem; ++i) (*dw)[i] += op.parts(i, b);
  }
}

}  // namespace evenkeel::fast
