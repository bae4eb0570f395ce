#include "evenkeel/core/shape.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"

namespace evenkeel {

std::string to_string(Shape shape) {
  return fmt::format("{}×{}", shape.rows, shape.cols);
}

void require_shape(std::string_view op, std::string_view name, const Matrix& x, Shape expected,
                   std::string_view because) {
  if (shape_of(x) == expected) return;
  fail(op, "{} must be {} {}, got {}", name, to_string(expected), because, to_string(shape_of(x)));
}

void require_same_shape(std::string_view op, std::string_view name_a, const Matrix& a,
                        std::string_view name_b, const Matrix& b) {
  if (shape_of(a) == shape_of(b)) return;
  fail(op, "{} and {} must have one shape, got {} and {}", name_a, name_b, to_string(shape_of(a)),
       to_string(shape_of(b)));
}

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
