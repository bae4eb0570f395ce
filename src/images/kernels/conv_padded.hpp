#pragma once
// Convolution without writing the patches down. The image, padded with zeros, is cut into phases:
// phase (a, b) holds every stride-th line from line a on, and of it every stride-th entry from
// entry b on; with stride 1 there is one, the padded image itself. All lines of all phases have one
// length (the pitch), so the inputs of tap k for all output positions are one run of memory that
// begins at offset[k], and
//
//   y(o, ·) = Σ_k w(o, k) · x[offset[k] + ·]
//   dw(o, k) = Σ_samples dy(o, ·) · x[offset[k] + ·]
//
// are sums over runs. So is each phase of dx, over the padded dy and those taps that reach the
// phase. Between two lines a run passes over places that are no output: y and dx drop them, and
// dy is 0 there.

#include <algorithm>
#include <vector>

#include "images/kernels/images.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

inline constexpr bool many_registers = sizeof(simd::Pack) == 64;  // 32 of them, otherwise 16
inline constexpr Index run_step = 2 * simd::width;                // entries of a run at a time

inline Index rounded_up(Index n, Index step) {
  return (n + step - 1) / step * step;
}

inline void copy_every(const Scalar* from, Index from_step, Scalar* to, Index to_step,
                       Index count) {
  if (from_step == 1 && to_step == 1) {
    std::copy_n(from, count, to);
    return;
  }
  for (Index i = 0; i < count; ++i) to[i * to_step] = from[i * from_step];
}

/// Where the entries of one phase stand: `height` lines of `width` entries.
struct Places {
  Index first, line_step, step;  // in a channel of the image
  Index begin, pitch;            // in the phase's plane
  Index height, width;
};

/// An image within zeros, cut into phases.
struct Padded {
  ImageShape image;
  Index top, left;  // zeros before it
  Index stride;
  Index down, across;  // phases that a window reaches
  Index pitch, plane;  // entries from line to line, from phase to phase

  // Behind the last plane as many zeros as the last runs reach.
  Index size() const {
    return image.channels * down * across * plane + rounded_up((top + 2) * pitch, run_step);
  }
  Index plane_of(Index channel, Index a, Index b) const {
    return ((channel * down + a) * across + b) * plane;
  }

  Places phase(Index a, Index b) const {
    const Index y = (a + top * (stride - 1)) % stride;  // y + top = a, up to whole strides
    const Index x = (b + left * (stride - 1)) % stride;
    const auto count = [this](Index n, Index first) {
      return n > first ? (n - first + stride - 1) / stride : 0;
    };
    return {y * image.width + x,
            stride * image.width,
            stride,
            (y + top) / stride * pitch + (x + left) / stride,
            pitch,
            count(image.height, y),
            count(image.width, x)};
  }

  void fill(const Scalar* from, Scalar* to) const {
    std::fill_n(to, size(), Scalar{0});
    for (Index a = 0; a < down; ++a) {
      for (Index b = 0; b < across; ++b) {
        const Places p = phase(a, b);
        for (Index c = 0; c < image.channels; ++c) {
          const Scalar* lines = from + c * image.positions() + p.first;
          Scalar* at = to + plane_of(c, a, b) + p.begin;
          for (Index y = 0; y < p.height; ++y) {
            copy_every(lines + y * p.line_step, p.step, at + y * pitch, 1, p.width);
          }
        }
      }
    }
  }
};

/// How a convolution lays out its images, and where in x the run of each tap begins, in the order
/// of a weight's columns.
struct ConvPlan {
  Padded x, dy;
  std::vector<Index> offset;

  explicit ConvPlan(const Conv& conv) {
    const auto [height, width, stride, padding] = conv.window;
    const Index reach_down = (height - 1) / stride, reach_across = (width - 1) / stride;
    const Index pitch = std::max(rounded_up(conv.in.width + 2 * padding, stride) / stride,
                                 conv.out.width + reach_across);
    const Index lines = std::max(rounded_up(conv.in.height + 2 * padding, stride) / stride,
                                 conv.out.height + reach_down);
    const Index plane = rounded_up(lines * pitch, run_step) + run_step;
    x = {conv.in, padding, padding, stride, std::min(stride, height), std::min(stride, width),
         pitch,   plane};
    dy = {conv.out, reach_down, reach_across, 1, 1, 1, pitch, plane};
    for (Index c = 0; c < conv.in.channels; ++c) {
      for (Index ky = 0; ky < height; ++ky) {
        for (Index kx = 0; kx < width; ++kx) {
          offset.push_back(x.plane_of(c, ky % stride, kx % stride) + ky / stride * pitch +
                           kx / stride);
        }
      }
    }
  }
};

/// The padded images of a block of samples.
struct ConvBlock {
  const Scalar* x;
  const Scalar* dy;
  Index samples, size_x, size_dy;
};

/// dw(o, k) of these samples, for all outputs and taps.
void weight_gradient(const ConvBlock& block, const ConvPlan& plan, Scalar* dw);

}  // namespace evenkeel::kernels
