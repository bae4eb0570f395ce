#include "evenkeel/core/image_shape.hpp"

#include "base/fail.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel {

void require_images(std::string_view op, const Matrix& x, ImageShape in) {
  if (x.n_rows == in.rows() && x.n_rows > 0) return;
  fail(op, "x must have the {} rows of an image of {}×{}×{}, got {}", in.rows(), in.channels,
       in.height, in.width, to_string(shape_of(x)));
}

ImageShape Window::output(std::string_view op, ImageShape in, Index channels) const {
  if (height == 0 || width == 0 || stride == 0 || channels == 0) {
    fail(op, "window ({}×{}), stride ({}) and channels ({}) must be above 0", height, width, stride,
         channels);
  }
  if (in.height + 2 * padding < height || in.width + 2 * padding < width) {
    fail(op, "a window of {}×{} does not fit into an image of {}×{} with padding {}", height, width,
         in.height, in.width, padding);
  }
  return {channels, (in.height + 2 * padding - height) / stride + 1,
          (in.width + 2 * padding - width) / stride + 1};
}

}  // namespace evenkeel
