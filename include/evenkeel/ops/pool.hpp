#pragma once
// Pooling: each window of a channel becomes one number, its largest or its mean.
//
//   max:      y = x at the largest entry of the window, the first of equals; dy goes to that entry
//   average:  y = mean of the window; dy goes to all its entries, divided by their number
//
// x: in.rows() × samples; y: channels · places × samples. No padding.

#include <cstdint>
#include <vector>

#include "evenkeel/core/op.hpp"
#include "evenkeel/core/var.hpp"
#include "evenkeel/ops/window.hpp"

namespace evenkeel {

struct MaxPool final : UnaryOp {
  ImageShape in;
  ImageShape out;
  Window window;
  std::vector<std::uint32_t> largest;  ///< for each entry of y: its row in x

  std::string_view name() const override { return "max_pool"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;

 private:
  template <class Size>
  void forward_windows(const Matrix& x, Matrix& y, Size size);
};

struct AveragePool final : UnaryOp {
  ImageShape in;
  ImageShape out;
  Window window;

  std::string_view name() const override { return "average_pool"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// Windows of size × size that stand side by side. Throw when x's rows are not the
/// image's or the window does not fit; what is left over at the right and the bottom is
/// not looked at (PyTorch: ceil_mode = false).
Var max_pool(Var x, ImageShape in, Index size);
Var average_pool(Var x, ImageShape in, Index size);
/// The mean of each channel: channels × samples.
Var global_average_pool(Var x, ImageShape in);

}  // namespace evenkeel
