#pragma once
// An image as a column: channels × positions, position fastest,
// row = (channel · height + y) · width + x. That is byte for byte PyTorch's (N, C, H, W).

#include <string_view>

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

/// Throws an Error of `op` unless x has the rows of such images, which must be more than none.
void require_images(std::string_view op, const Matrix& x, ImageShape in);

/// What convolution and pooling move over an image.
struct Window {
  Index height = 1;
  Index width = 1;
  Index stride = 1;
  Index padding = 0;  ///< zeros on each side

  /// The image of all places the window can stand at, with so many channels. Throws an Error of
  /// `op` when the window is empty, does not fit, or does not move.
  ImageShape output(std::string_view op, ImageShape in, Index channels) const;
};

}  // namespace evenkeel
