#include "kernels/conv.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "evenkeel/base/parallel.hpp"
#include "kernels/blas.hpp"
#include "kernels/map.hpp"
#include "kernels/sums.hpp"

namespace evenkeel::kernels {

namespace {

// For each position of the output, entry of the window after entry: the row of x that stands there;
// beyond the image a row after the last, `none`.
std::vector<std::uint32_t> rows_of_patches(const Conv& conv, Index none) {
  const auto [channels, height, width] = conv.in;
  const auto [window_height, window_width, stride, padding] = conv.window;
  std::vector<std::uint32_t> rows;
  rows.reserve(channels * window_height * window_width * conv.out.positions());
  for (Index k = 0; k < channels * window_height * window_width; ++k) {
    const Index channel = k / window_width / window_height;
    const Index ky = k / window_width % window_height, kx = k % window_width;
    for (Index p = 0; p < conv.out.positions(); ++p) {
      const Index y = p / conv.out.width * stride + ky - padding;  // wraps above the image
      const Index x = p % conv.out.width * stride + kx - padding;
      const bool inside = y < height && x < width;
      rows.push_back(
          static_cast<std::uint32_t>(inside ? (channel * height + y) * width + x : none));
    }
  }
  return rows;
}

// patches: positions of the output × entries of the window, for one sample
void image_to_patches(const std::vector<std::uint32_t>& rows, Index none, const Scalar* x,
                      Scalar* patches) {
  for (std::size_t i = 0; i < rows.size(); ++i) patches[i] = rows[i] == none ? 0 : x[rows[i]];
}

// col2im: adds each patch's entries to the image.
void patches_to_image(const std::vector<std::uint32_t>& rows, Index none, const Scalar* patches,
                      Scalar* dx) {
  std::fill_n(dx, none, Scalar{0});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != none) dx[rows[i]] += patches[i];
  }
}

// At most 16 blocks of samples, each with memory of its own, whose dw are added in their order.
Index samples_of_a_block(const Conv& conv, const Matrix& w, Index samples) {
  return std::max<Index>((samples + 15) / 16, block_for_cost(conv.out.positions() * w.n_elem / 8));
}

}  // namespace

void conv_forward(const Conv& conv, const Matrix& x, const Matrix& w, Matrix& y) {
  if (direct_fits(conv)) return direct_forward(conv, x, w, y);
  const Index positions = conv.out.positions(), none = conv.in.rows();
  const std::vector<std::uint32_t> rows = rows_of_patches(conv, none);
  set_shape(y, {conv.out.rows(), x.n_cols});
  const Index block = samples_of_a_block(conv, w, x.n_cols);
  set_shape(conv.patches, {positions * w.n_cols, (x.n_cols + block - 1) / block});
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* patches = conv.patches.colptr(first / block);
    for (Index sample = first; sample < last; ++sample) {
      image_to_patches(rows, none, x.colptr(sample), patches);
      blas::gemm(positions, w.n_rows, w.n_cols, 1, {patches, positions},
                 {w.memptr(), w.n_rows, true}, 0, y.colptr(sample), positions);
    }
  });
}

void conv_backward(const Conv& conv, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw) {
  if (direct_fits(conv)) return direct_backward(conv, x, w, dy, dx, dw);
  const Index positions = conv.out.positions(), none = conv.in.rows();
  const std::vector<std::uint32_t> rows = rows_of_patches(conv, none);
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
        image_to_patches(rows, none, x.colptr(sample), patches);
        blas::gemm(w.n_rows, w.n_cols, positions, 1, {d.first, positions, true},
                   {patches, positions}, 1, conv.parts.colptr(first / block), w.n_rows);
      }
      if (dx) {
        blas::gemm(positions, w.n_cols, w.n_rows, 1, d, {w.memptr(), w.n_rows}, 0, patches,
                   positions);
        patches_to_image(rows, none, patches, dx->colptr(sample));
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
