// The gradient of the weights: sums of products of two runs (conv_padded.hpp).
#include <algorithm>
#include <vector>

#include "images/kernels/conv_padded.hpp"

namespace evenkeel::kernels {

namespace {

using simd::Pack;
constexpr Index outputs_at_once = 4;
constexpr Index taps_at_once = many_registers ? 6 : 2;  // of each output: sums fill the registers

// dw(o, k) for `outputs` × `taps` entries; dy and offset begin at the first output and tap.
template <Index outputs, Index taps>
void products_of(const ConvBlock& b, const Scalar* dy, Index plane_dy, const Index* offset,
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
void products_of_outputs(const ConvBlock& b, const ConvPlan& plan, Index o, Index length,
                         Scalar* dw) {
  const Padded& dy = plan.dy;
  const std::vector<Index>& offset = plan.offset;
  const Scalar* from = b.dy + dy.top * dy.pitch + dy.left + o * dy.plane;
  const Index rows = dy.image.channels;
  std::size_t k = 0;
  for (; k + taps_at_once <= offset.size(); k += taps_at_once) {
    products_of<outputs, taps_at_once>(b, from, dy.plane, &offset[k], length, dw + k * rows + o,
                                       rows);
  }
  for (; k < offset.size(); ++k) {
    products_of<outputs, 1>(b, from, dy.plane, &offset[k], length, dw + k * rows + o, rows);
  }
}

}  // namespace

void weight_gradient(const ConvBlock& block, const ConvPlan& plan, Scalar* dw) {
  const Index length = rounded_up(plan.dy.image.height * plan.dy.pitch, run_step);
  Index o = 0;
  for (; o + outputs_at_once <= plan.dy.image.channels; o += outputs_at_once) {
    products_of_outputs<outputs_at_once>(block, plan, o, length, dw);
  }
  for (; o < plan.dy.image.channels; ++o) products_of_outputs<1>(block, plan, o, length, dw);
}

}  // namespace evenkeel::kernels
