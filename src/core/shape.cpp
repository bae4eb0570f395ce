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

}  // namespace evenkeel
