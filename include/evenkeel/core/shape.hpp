#pragma once
// Shapes and the errors about them. Every check stays on in release builds.

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

}  // namespace evenkeel
