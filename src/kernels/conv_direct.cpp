// Convolution with stride 1, without writing the patches down. In an image padded with zeros, all
// of whose lines have one length (the pitch), the inputs of tap k for all output positions are one
// run of memory that begins at offset[k]. So
//
//   y(o, ·) = Σ_k w(o, k) · x[offset[k] + ·]
//   dw(o, k) = Σ_samples dy(o, ·) · x[offset[k] + ·]
//
// are sums over runs, and dx is the first of them again, with dy padded and
// the window turned around. Between two lines a run passes over places that
// are no output: y drops them, and dy is 0 there.
#include <algorithm>
#include <vector>

#include "evenkeel/base/parallel.hpp"
#include "kernels/conv.hpp"
#include "kernels/map.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

using simd::Pack;
constexpr Index run_step = 2 * simd::width;  // entries of a run taken in one go
constexpr Index outputs_at_once = 4;         // with two packs each: eight sums in registers
constexpr Index taps_at_once = sizeof(Pack) == 64 ? 6 : 2;  // as many as registers hold sums of

Index rounded_up(Index n) {
  return (n + run_step - 1) / run_step * run_step;
}

/// An image of `channels` planes within zeros.
struct Padded {
  Index channels, height, width;  // of the image
  Index top, left;                // zeros before it
  Index pitch, plane;             // entries from line to line, from channel to channel

  Index size() const { return channels * plane + run_step; }
  Index first() const { return top * pitch + left; }

  void fill(const Scalar* image, Scalar* to) const {
    std::fill_n(to, size(), Scalar{0});
    for (Index line = 0; line < channels * height; ++line) {
      Scalar* at = to + line / height * plane + first() + line % height * pitch;
      std::copy_n(image + line * width, width, at);
    }
  }

  /// Where the run of each entry of the window begins, in the order of a weight's columns.
  std::vector<Index> taps(Window window) const {
    std::vector<Index> offset;
    for (Index c = 0; c < channels; ++c) {
      for (Index ky = 0; ky < window.height; ++ky) {
        for (Index kx = 0; kx < window.width; ++kx) {
          offset.push_back(c * plane + ky * pitch + kx);
        }
      }
    }
    return offset;
  }
};

Padded padded(ImageShape image, Index top, Index left, Index pitch, Index lines) {
  return {image.channels,
          image.height,
          image.width,
          top,
          left,
          pitch,
          rounded_up(lines * pitch) + run_step};
}

struct Plan {
  Padded x, dy;
  explicit Plan(const Conv& conv) {
    const auto [height, width, unused, padding] = conv.window;
    const Index pitch = conv.in.width + std::max(2 * padding, width - 1);
    const Index lines = conv.in.height + std::max(2 * padding, height - 1);
    x = padded(conv.in, padding, padding, pitch, lines);
    dy = padded(conv.out, height - 1 - padding, width - 1 - padding, pitch, lines);
  }
};

// run[o] = Σ_k w(o, k) · x[offset[k] + ·] for `outputs` rows of w from its first on.
template <Index outputs>
void run_of(const Scalar* x, const std::vector<Index>& offset, const Scalar* w, Index rows_of_w,
            Index length, Scalar* run) {
  for (Index p = 0; p < length; p += run_step) {
    Pack sum[outputs][2];
    for (Index o = 0; o < outputs; ++o) sum[o][0] = sum[o][1] = Pack(Scalar{0});
    for (std::size_t k = 0; k < offset.size(); ++k) {
      const Pack left = Pack::load_unaligned(x + offset[k] + p);
      const Pack right = Pack::load_unaligned(x + offset[k] + p + simd::width);
      for (Index o = 0; o < outputs; ++o) {
        const Pack weight(w[k * rows_of_w + o]);
        sum[o][0] = xsimd::fma(weight, left, sum[o][0]);
        sum[o][1] = xsimd::fma(weight, right, sum[o][1]);
      }
    }
    for (Index o = 0; o < outputs; ++o) {
      sum[o][0].store_unaligned(run + o * length + p);
      sum[o][1].store_unaligned(run + o * length + p + simd::width);
    }
  }
}

// to(o, ·) for all rows of w; `to` is an image of these rows; `run` has room for outputs_at_once.
void convolve(const Scalar* x, Index pitch, const std::vector<Index>& offset, const Scalar* w,
              ImageShape image, Scalar* run, Scalar* to) {
  const Index length = rounded_up(image.height * pitch);
  for (Index o = 0; o < image.channels;) {
    const bool several = o + outputs_at_once <= image.channels;
    const Index outputs = several ? outputs_at_once : 1;
    if (several) {
      run_of<outputs_at_once>(x, offset, w + o, image.channels, length, run);
    } else {
      run_of<1>(x, offset, w + o, image.channels, length, run);
    }
    for (Index line = 0; line < outputs * image.height; ++line) {
      const Scalar* from = run + line / image.height * length + line % image.height * pitch;
      std::copy_n(from, image.width, to + (o * image.height + line) * image.width);
    }
    o += outputs;
  }
}

// The padded images of a block of samples.
struct Block {
  const Scalar* x;
  const Scalar* dy;
  Index samples, size_x, size_dy;
};

// dw(o, k) for `outputs` × `taps` entries; dy and offset begin at the first output and tap.
template <Index outputs, Index taps>
void products_of(const Block& b, const Scalar* dy, Index plane_dy, const Index* offset,
                 Index length, Scalar* dw, Index rows_of_dw) {
  Pack sum[outputs][taps];
  for (auto& row : sum) std::fill_n(row, taps, Pack(Scalar{0}));
  for (Index s = 0; s < b.samples; ++s) {
    const Scalar* x = b.x + s * b.size_x;
    const Scalar* d = dy + s * b.size_dy;
    for (Index p = 0; p < length; p += simd::width) {
      Pack input[taps];
      for (Index k = 0; k < taps; ++k) input[k] = Pack::load_unaligned(x + offset[k] + p);
      for (Index o = 0; o < outputs; ++o) {
        const Pack gradient = Pack::load_unaligned(d + o * plane_dy + p);
        for (Index k = 0; k < taps; ++k) sum[o][k] = xsimd::fma(gradient, input[k], sum[o][k]);
      }
    }
  }
  for (Index k = 0; k < taps; ++k) {
    for (Index o = 0; o < outputs; ++o) dw[k * rows_of_dw + o] = xsimd::hadd(sum[o][k]);
  }
}

template <Index outputs>
void products_of_outputs(const Block& b, const Plan& plan, const std::vector<Index>& offset,
                         Index o, Index length, Scalar* dw) {
  const Scalar* dy = b.dy + plan.dy.first() + o * plan.dy.plane;
  const Index rows = plan.dy.channels;
  std::size_t k = 0;
  for (; k + taps_at_once <= offset.size(); k += taps_at_once) {
    products_of<outputs, taps_at_once>(b, dy, plan.dy.plane, &offset[k], length, dw + k * rows + o,
                                       rows);
  }
  for (; k < offset.size(); ++k) {
    products_of<outputs, 1>(b, dy, plan.dy.plane, &offset[k], length, dw + k * rows + o, rows);
  }
}

void weight_gradient(const Block& b, const Plan& plan, const std::vector<Index>& offset,
                     Scalar* dw) {
  const Index length = rounded_up(plan.dy.height * plan.dy.pitch);
  Index o = 0;
  for (; o + outputs_at_once <= plan.dy.channels; o += outputs_at_once) {
    products_of_outputs<outputs_at_once>(b, plan, offset, o, length, dw);
  }
  for (; o < plan.dy.channels; ++o) products_of_outputs<1>(b, plan, offset, o, length, dw);
}

// w seen from dx: channels in × (channels out · window), the window turned around.
Matrix turned(const Conv& conv, const Matrix& w) {
  const Index window = conv.window.height * conv.window.width;
  Matrix t(conv.in.channels, conv.out.channels * window);
  for (Index o = 0; o < conv.out.channels; ++o) {
    for (Index c = 0; c < conv.in.channels; ++c) {
      for (Index k = 0; k < window; ++k) {
        t(c, o * window + k) = w(o, c * window + window - 1 - k);
      }
    }
  }
  return t;
}

// At most 8 blocks of samples, whose dw are added in their order; the more samples, the longer one.
Index samples_of_a_direct_block(const Conv& conv, const Matrix& w, Index samples) {
  return std::max<Index>((samples + 7) / 8, block_for_cost(conv.out.positions() * w.n_elem / 16));
}

}  // namespace

bool direct_fits(const Conv& conv) {
  const Window& w = conv.window;
  return w.stride == 1 && w.padding < w.height && w.padding < w.width;
}

void direct_forward(const Conv& conv, const Matrix& x, const Matrix& w, Matrix& y) {
  const Plan plan(conv);
  const std::vector<Index> offset = plan.x.taps(conv.window);
  const Index room = outputs_at_once * rounded_up(conv.out.height * plan.x.pitch);
  const Index block = samples_of_a_direct_block(conv, w, x.n_cols);
  set_shape(y, {conv.out.rows(), x.n_cols});
  set_shape(conv.patches, {plan.x.size() + room, (x.n_cols + block - 1) / block});
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* padded_x = conv.patches.colptr(first / block);
    for (Index sample = first; sample < last; ++sample) {
      plan.x.fill(x.colptr(sample), padded_x);
      convolve(padded_x, plan.x.pitch, offset, w.memptr(), conv.out, padded_x + plan.x.size(),
               y.colptr(sample));
    }
  });
}

void direct_backward(const Conv& conv, const Matrix& x, const Matrix& w, const Matrix& dy,
                     Matrix* dx, Matrix* dw) {
  const Plan plan(conv);
  const std::vector<Index> x_taps = plan.x.taps(conv.window), dy_taps = plan.dy.taps(conv.window);
  const Matrix turned_w = dx ? turned(conv, w) : Matrix();
  const Index room = outputs_at_once * rounded_up(conv.in.height * plan.dy.pitch);
  const Index block = samples_of_a_direct_block(conv, w, x.n_cols);
  const Index blocks = (x.n_cols + block - 1) / block;
  const Index size_x = plan.x.size(), size_dy = plan.dy.size();
  if (dx) set_shape(*dx, shape_of(x));
  set_shape(conv.patches, {block * (size_x + size_dy) + room, blocks});
  set_shape(conv.parts, {w.n_elem, blocks});
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* padded_dy = conv.patches.colptr(first / block);
    Scalar* padded_x = padded_dy + block * size_dy;
    for (Index i = 0; first + i < last; ++i) {
      plan.dy.fill(dy.colptr(first + i), padded_dy + i * size_dy);
      if (dw) plan.x.fill(x.colptr(first + i), padded_x + i * size_x);
      if (dx) {
        convolve(padded_dy + i * size_dy, plan.dy.pitch, dy_taps, turned_w.memptr(), conv.in,
                 padded_x + block * size_x, dx->colptr(first + i));
      }
    }
    const Block all{padded_x, padded_dy, last - first, size_x, size_dy};
    if (dw) weight_gradient(all, plan, x_taps, conv.parts.colptr(first / block));
  });
  if (dw) {
    set_shape(*dw, shape_of(w));
    sum_parts(conv, *dw);
  }
}

}  // namespace evenkeel::kernels
