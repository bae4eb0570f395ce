#pragma once
// Convolution (as networks mean it: the kernel is not flipped).
//
//   y(o, p) = Σ_k w(o, k) · x(k at p) + b(o)        k runs over input channels and the window
//   dx(k at p) += w(o, k) · dy(o, p)
//   dw(o, k) = Σ_p,samples dy(o, p) · x(k at p)
//   db(o) = Σ dy(o, p)
//
// x: in.rows() × samples; w: out_channels × (in_channels · window), window row by row, which row
// by row is PyTorch's (out, in, kh, kw); b: out_channels × 1;
// y: out_channels · positions × samples. Beyond the image x is 0.
//
// The fast bodies: with stride 1 sums over shifted lines of the padded image; otherwise the
// window's inputs are written side by side (im2col) for one sample at a time and BLAS multiplies;
// backward does it again instead of keeping it.
// Source: LeCun et al. 1989, "Backpropagation applied to handwritten zip code recognition".

#include "evenkeel/core/op.hpp"
#include "evenkeel/core/parameter.hpp"
#include "evenkeel/core/var.hpp"
#include "evenkeel/ops/window.hpp"

namespace evenkeel {

struct Conv2d final : BinaryOp {  // (gdb) break evenkeel::Conv2d::backward
  ImageShape in;
  ImageShape out;
  Window window;
  Matrix patches;  ///< of the fast bodies: padded images or im2col, for each block of samples
  Matrix parts;    ///< of the fast bodies: dw of each block of samples

  std::string_view name() const override { return "conv2d"; }
  void forward(const Matrix& x, const Matrix& w, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& w, const Matrix& y, const Matrix& dy, Matrix* dx,
                Matrix* dw) override;
};

/// y(c, p) = x(c, p) + b(c): a bias for each channel. dx = dy, db(c) = Σ_p,samples dy(c, p).
struct ChannelBias final : BinaryOp {
  std::string_view name() const override { return "channel_bias"; }
  void forward(const Matrix& x, const Matrix& b, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& b, const Matrix& y, const Matrix& dy, Matrix* dx,
                Matrix* db) override;
};

/// Throws when x's rows are not the image's, w's columns not its
/// channels × the window, or the window does not fit.
Var conv2d(Input x, Input w, ImageShape in, Window window);
/// Throws unless b is channels × 1 with channels dividing the rows of x.
Var channel_bias(Input x, Input b);

}  // namespace evenkeel
