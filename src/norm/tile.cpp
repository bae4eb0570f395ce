#include "evenkeel/norm/tile.hpp"

#include "base/fail.hpp"

namespace evenkeel {

// whole / parts, or an error that says what cannot be cut into what
static Index divide(std::string_view op, Index whole, std::string_view whole_name, Index parts,
                    std::string_view parts_name) {
  if (parts == 0 || whole % parts != 0) {
    fail(op, "{} {} cannot be cut into {} {}", whole, whole_name, parts, parts_name);
  }
  return whole / parts;
}

Tile layer_tile(Shape x) {
  return {x.rows, 1};
}

static Tile tile_of_rows(std::string_view op, Shape x, Index parts, std::string_view parts_name,
                         Index sequence_length) {
  const Index rows = divide(op, x.rows, "rows", parts, parts_name);
  divide(op, x.cols, "columns", sequence_length, "tokens a sequence");
  return {rows, sequence_length};
}

Tile group_tile(Shape x, Index num_groups, Index sequence_length, std::string_view norm) {
  return tile_of_rows(norm, x, num_groups, "groups", sequence_length);
}

Tile instance_tile(Shape x, Index num_channels, Index sequence_length, std::string_view norm) {
  return tile_of_rows(norm, x, num_channels, "channels", sequence_length);
}

Tile batch_tile(Shape x, Index num_channels, std::string_view norm) {
  return {divide(norm, x.rows, "rows", num_channels, "channels"), x.cols};
}

Shape tile_grid(std::string_view op, Shape x, Tile tile) {
  if (tile.size() == 0 || x.rows % tile.rows != 0 || x.cols % tile.cols != 0) {
    fail(op, "a tile of {}×{} does not divide x ({})", tile.rows, tile.cols, to_string(x));
  }
  return {x.rows / tile.rows, x.cols / tile.cols};
}

Matrix tile_sum(const Matrix& x, Tile tile) {
  const Shape grid = tile_grid("tile_sum", shape_of(x), tile);
  Matrix sum(grid.rows, grid.cols);
  for (Index j = 0; j < grid.cols; ++j) {
    for (Index i = 0; i < grid.rows; ++i) {
      long double total = 0;
      for (Index col = j * tile.cols; col < (j + 1) * tile.cols; ++col) {
        for (Index row = i * tile.rows; row < (i + 1) * tile.rows; ++row) total += x(row, col);
      }
      sum(i, j) = static_cast<Scalar>(total);
    }
  }
  return sum;
}

Matrix tile_mean(const Matrix& x, Tile tile) {
  const Scalar n = static_cast<Scalar>(tile.size());
  const Matrix rounded = tile_sum(x, tile) / n;
  // What rounding left: so the mean of a constant tile is exactly its constant.
  Matrix rest = tile_sum(x - broadcast(rounded, tile), tile) / n;
  rest.elem(arma::find_nonfinite(rounded)).zeros();  // Inf − Inf
  return rounded + rest;
}

Matrix broadcast(const Matrix& per_tile, Tile tile) {
  return arma::repelem(per_tile, tile.rows, tile.cols);
}

}  // namespace evenkeel
