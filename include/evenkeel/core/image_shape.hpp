#pragma once
// An image as a column: channels × positions, position fastest,
// row = (channel · height + y) · width + x. That is byte for byte PyTorch's (N, C, H, W).

#include "evenkeel/core/types.hpp"

namespace evenkeel {

struct ImageShape {
  Index channels = 1;
  Index height = 0;
  Index width = 0;

  Index positions() const { return height * width; }
  Index rows() const { return channels * positions(); }
  bool operator==(const ImageShape&) const = default;
};

}  // namespace evenkeel
