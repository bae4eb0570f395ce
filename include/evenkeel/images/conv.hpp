#pragma once
// Convolution (as networks mean it: the kernel is not flipped).
//
//   y(o, p) = Σ_k w(o, k) · x(k at p)               k runs over input channels and the window
//   dx(k at p) += w(o, k) · dy(o, p)
//   dw(o, k) = Σ_p,samples dy(o, p) · x(k at p)
//
// x: in.rows() × samples; w: out_channels × (in_channels · window), window row by row, which row
// by row is PyTorch's (out, in, kh, kw); y: out_channels · positions × samples. Beyond the image x
// is 0.
// Source: LeCun et al. 1989, "Backpropagation applied to handwritten zip code recognition".

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// Throws when x's rows are not the image's, w's columns not its channels × the window, or the
/// window does not fit.
Var conv2d(Input x, Input w, ImageShape in, Window window);

}  // namespace evenkeel
