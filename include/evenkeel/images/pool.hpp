#pragma once
// Pooling: each window of a channel becomes one number, its largest or its mean.
//
//   max:      y = x at the largest entry of the window, the first of equals; dy goes to that entry.
//             A NaN counts as the largest
//   average:  y = mean of the window; dy goes to all its entries, divided by their number
//
// x: in.rows() × samples; y: channels · places × samples. No padding.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// Windows of size × size that stand side by side. Throw when x's rows are not the image's or the
/// window does not fit; what is left over at the right and the bottom is not looked at (PyTorch:
/// ceil_mode = false).
Var max_pool(Var x, ImageShape in, Index size);
Var average_pool(Var x, ImageShape in, Index size);
/// The mean of each channel: channels × samples.
Var global_average_pool(Var x, ImageShape in);

}  // namespace evenkeel
