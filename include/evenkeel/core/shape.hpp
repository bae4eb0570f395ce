#pragma once
// Shapes, of matrices and of the images in their columns, and the errors about them. Every check
// stays on in release builds.

#include <string>
#include <string_view>

#include "evenkeel/base/error.hpp"
#include "evenkeel/core/types.hpp"

namespace evenkeel {

struct Shape {
  Index rows = 0;
  Index cols = 0;

  Index size() const { return rows * cols; }
  bool operator==(const Shape&) const = default;
};

inline Shape shape_of(const Matrix& x) {
  return {x.n_rows, x.n_cols};
}

/// "64×100"
std::string to_string(Shape shape);

/// Throws unless `x` has the shape `expected`; `because` says where that shape comes from, as in
/// "to match x (64×100)".
void require_shape(std::string_view op, std::string_view name, const Matrix& x, Shape expected,
                   std::string_view because);

/// Throws unless `a` and `b` have one shape.
void require_same_shape(std::string_view op, std::string_view name_a, const Matrix& a,
                        std::string_view name_b, const Matrix& b);

/// An image as a column: channels × positions, position fastest,
/// row = (channel · height + y) · width + x. That is byte for byte PyTorch's (N, C, H, W).
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
