#include "evenkeel/ops/window.hpp"

#include <fmt/format.h>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

ImageShape Window::output(std::string_view op, ImageShape in, Index channels) const {
  if (height == 0 || width == 0 || stride == 0 || channels == 0) {
    fail(op, fmt::format("window ({}×{}), stride ({}) and channels ({}) must be above 0", height,
                         width, stride, channels));
  }
  if (in.height + 2 * padding < height || in.width + 2 * padding < width) {
    fail(op, fmt::format("a window of {}×{} does not fit into an image of {}×{} with padding {}",
                         height, width, in.height, in.width, padding));
  }
  return {channels, (in.height + 2 * padding - height) / stride + 1,
          (in.width + 2 * padding - width) / stride + 1};
}

}  // namespace evenkeel
