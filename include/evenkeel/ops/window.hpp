#pragma once
// What convolution and pooling move over an image.

#include <string_view>

#include "evenkeel/core/image_shape.hpp"

namespace evenkeel {

/// A window that moves over an image.
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
