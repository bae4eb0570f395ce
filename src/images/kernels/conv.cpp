#include <algorithm>
#include <vector>

#include "evenkeel/base/parallel.hpp"
#include "images/kernels/conv_padded.hpp"
#include "kernels/map.hpp"

namespace evenkeel::kernels {

namespace {

using simd::Pack;
constexpr Index rows_at_once = many_registers ? 8 : 4;  // with two packs each: sums in registers

/// The weights of several rows for the runs that begin at `offset`, in panels: of as many rows as
/// are taken at once, tap after tap.
struct Taps {
  Index rows;
  std::vector<Index> offset;
  std::vector<Scalar> panels;

  template <class Weight>  // weight(row, tap)
  void pack(Weight weight) {
    panels.reserve(rows * offset.size());
    for (Index row = 0, height = rows_at_once; row < rows; row += height) {
      while (height > rows - row) height /= 2;
      for (Index k = 0; k < offset.size(); ++k) {
        for (Index r = row; r < row + height; ++r) panels.push_back(weight(r, k));
      }
    }
  }
};

// run[r] = Σ_k panel(r, k) · x[offset[k] + ·]
template <Index rows>
void run_of(const Scalar* x, const std::vector<Index>& offset, const Scalar* panel, Index length,
            Scalar* run) {
  for (Index p = 0; p < length; p += run_step) {
    Pack sum[rows][2];
    for (Index r = 0; r < rows; ++r) sum[r][0] = sum[r][1] = Pack(Scalar{0});
    for (std::size_t k = 0; k < offset.size(); ++k) {
      const Pack left = Pack::load_unaligned(x + offset[k] + p);
      const Pack right = Pack::load_unaligned(x + offset[k] + p + simd::width);
      for (Index r = 0; r < rows; ++r) {
        const Pack weight(panel[k * rows + r]);
        sum[r][0] = xsimd::fma(weight, left, sum[r][0]);
        sum[r][1] = xsimd::fma(weight, right, sum[r][1]);
      }
    }
    for (Index r = 0; r < rows; ++r) {
      sum[r][0].store_unaligned(run + r * length + p);
      sum[r][1].store_unaligned(run + r * length + p + simd::width);
    }
  }
}

// Room for the runs of rows_at_once rows.
Index room_for_runs(Index lines, Index pitch) {
  return rows_at_once * rounded_up(lines * pitch, run_step);
}

// to(row, ·) at these places for all rows from the given one on, `rows` at a time while there are
// so many.
template <Index rows = rows_at_once>
void convolve(const Scalar* x, const Taps& taps, const Places& p, Index positions, Scalar* run,
              Scalar* to, Index row = 0) {
  const Index length = rounded_up(p.height * p.pitch, run_step);
  for (; row + rows <= taps.rows; row += rows) {
    run_of<rows>(x + p.begin, taps.offset, taps.panels.data() + row * taps.offset.size(), length,
                 run);
    for (Index r = 0; r < rows; ++r) {
      Scalar* image = to + (row + r) * positions + p.first;
      for (Index y = 0; y < p.height; ++y) {
        copy_every(run + r * length + y * p.pitch, 1, image + y * p.line_step, p.step, p.width);
      }
    }
  }
  if constexpr (rows > 1) convolve<rows / 2>(x, taps, p, positions, run, to, row);
}

/// A phase of dx as a sum over the padded dy: line i of the phase over lines i, i − 1, … of dy, of
/// tap ky = a + stride · m over line i − m; and so across.
Taps taps_of_dx(const Conv& conv, const Padded& dy, const Matrix& w, Index a, Index b) {
  const auto [height, width, stride, padding] = conv.window;
  const Index down = (height - 1 - a) / stride + 1, across = (width - 1 - b) / stride + 1;
  Taps taps{conv.in.channels, {}, {}};
  std::vector<Index> column;  // of w, for the first channel
  for (Index m = down; m-- > 0;) {
    for (Index n = across; n-- > 0;) {
      column.push_back((a + stride * m) * width + b + stride * n);
    }
  }
  for (Index o = 0; o < conv.out.channels; ++o) {
    for (Index m = down; m-- > 0;) {
      for (Index n = across; n-- > 0;) {
        taps.offset.push_back(o * dy.plane + (dy.top - m) * dy.pitch + dy.left - n);
      }
    }
  }
  taps.pack([&, window = height * width](Index c, Index k) {
    return w(k / column.size(), c * window + column[k % column.size()]);
  });
  return taps;
}

struct Phase {
  Taps taps;
  Places places;
};

// Those that a window reaches.
std::vector<Phase> phases_of_dx(const Conv& conv, const ConvPlan& plan, const Matrix& w) {
  std::vector<Phase> phases;
  for (Index a = 0; a < plan.x.down; ++a) {
    for (Index b = 0; b < plan.x.across; ++b) {
      phases.push_back({taps_of_dx(conv, plan.dy, w, a, b), plan.x.phase(a, b)});
    }
  }
  return phases;
}

// At most 8 blocks of samples, whose dw are added in their order; the more samples, the longer one.
Index samples_of_a_block(const Conv& conv, const Matrix& w, Index samples) {
  return std::max<Index>((samples + 7) / 8, block_for_cost(conv.out.positions() * w.n_elem / 16));
}

}  // namespace

void conv_forward(const Conv& conv, const Matrix& x, const Matrix& w, Matrix& y) {
  const ConvPlan plan(conv);
  Taps taps{w.n_rows, plan.offset, {}};
  taps.pack([&](Index row, Index k) { return w(row, k); });
  const Places all{0, conv.out.width, 1, 0, plan.x.pitch, conv.out.height, conv.out.width};
  const Index room = room_for_runs(conv.out.height, plan.x.pitch);
  const Index block = samples_of_a_block(conv, w, x.n_cols);
  set_shape(y, {conv.out.rows(), x.n_cols});
  set_shape(conv.padded, {plan.x.size() + room, (x.n_cols + block - 1) / block});
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* padded_x = conv.padded.colptr(first / block);
    for (Index sample = first; sample < last; ++sample) {
      plan.x.fill(x.colptr(sample), padded_x);
      convolve(padded_x, taps, all, conv.out.positions(), padded_x + plan.x.size(),
               y.colptr(sample));
    }
  });
}

void conv_backward(const Conv& conv, const Matrix& x, const Matrix& w, const Matrix& dy, Matrix* dx,
                   Matrix* dw) {
  const ConvPlan plan(conv);
  const std::vector<Phase> phases = dx ? phases_of_dx(conv, plan, w) : std::vector<Phase>{};
  const Index room = room_for_runs(conv.in.height, plan.dy.pitch);
  const Index block = samples_of_a_block(conv, w, x.n_cols);
  const Index blocks = (x.n_cols + block - 1) / block;
  const Index size_x = plan.x.size(), size_dy = plan.dy.size(), stride = conv.window.stride;
  if (dx) set_shape(*dx, shape_of(x));
  if (dx && plan.x.down * plan.x.across < stride * stride) dx->zeros();  // some no window reaches
  set_shape(conv.padded, {block * (size_x + size_dy) + room, blocks});
  set_shape(conv.parts, {w.n_elem, blocks});
  parallel_blocks(x.n_cols, block, [&](Index first, Index last) {
    Scalar* padded_dy = conv.padded.colptr(first / block);
    Scalar* padded_x = padded_dy + block * size_dy;
    for (Index i = 0; first + i < last; ++i) {
      plan.dy.fill(dy.colptr(first + i), padded_dy + i * size_dy);
      if (dw) plan.x.fill(x.colptr(first + i), padded_x + i * size_x);
      for (const Phase& phase : phases) {
        convolve(padded_dy + i * size_dy, phase.taps, phase.places, conv.in.positions(),
                 padded_x + block * size_x, dx->colptr(first + i));
      }
    }
    const ConvBlock all{padded_x, padded_dy, last - first, size_x, size_dy};
    if (dw) weight_gradient(all, plan, conv.parts.colptr(first / block));
  });
  if (!dw) return;
  dw->zeros(w.n_rows, w.n_cols);
  for (Index b = 0; b < blocks; ++b) {
    for (Index i = 0; i < dw->n_elem; ++i) (*dw)[i] += conv.parts(i, b);
  }
}

}  // namespace evenkeel::kernels
