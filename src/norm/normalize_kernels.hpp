#pragma once
// The fast bodies of Normalize and what ScaleShift shares with them. They compute what
// normalize.cpp writes as formulas; a test holds the two equal.
//
// Two ways through the memory, which is column-major:
//   tiles taller than one row: each column of a tile is contiguous, so a tile is summed column by
//   column; tiles one row high (BatchNorm on features): 32 rows side by side are summed across the
//   columns, so that each step still reads contiguous memory.

#include <array>

#include "evenkeel/core/parallel.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "kernels/sums.hpp"

namespace evenkeel::fast {

void normalize_forward(const Matrix& x, Normalize& op, Shape grid, Matrix& xhat);
void normalize_backward(const Matrix& x, const Matrix& xhat, const Matrix& dxhat, Normalize& op,
                        Matrix& dx);

/// A tile's place in a column-major matrix of `stride` rows.
struct TileSpan {
  Index first;  // linear index of its first entry
  Index rows;
  Index cols;
  Index stride;
};

/// Calls body(k) for the linear index k of every entry of the tile.
template <class Body>
void for_each_entry(TileSpan tile, Body body) {
  for (Index col = 0; col < tile.cols; ++col) {
    const Index top = tile.first + col * tile.stride;
    for (Index k = top; k < top + tile.rows; ++k) body(k);
  }
}

/// The sum of term(k) over the tile.
template <class Term>
Scalar sum_entries(TileSpan tile, Term term) {
  Scalar total = 0;
  for (Index col = 0; col < tile.cols; ++col) {
    const Index top = tile.first + col * tile.stride;
    total += kernels::sum_of(top, top + tile.rows, term);
  }
  return total;
}

/// Up to 32 rows side by side, one running number for each.
inline constexpr Index rows_side_by_side = 32;
using RowNumbers = std::array<Scalar, rows_side_by_side>;

/// For each of the rows: the sum over the columns of term(k, row).
/// Partial sums over 64 columns keep the rounding error of long batches small.
template <class Term>
RowNumbers sum_rows(TileSpan rows, Term term) {
  RowNumbers total{};
  for (Index first = 0; first < rows.cols; first += 64) {
    RowNumbers part{};
    for (Index col = first; col < std::min(rows.cols, first + 64); ++col) {
      const Index top = rows.first + col * rows.stride;
      for (Index row = 0; row < rows.rows; ++row) part[row] += term(top + row, row);
    }
    for (Index row = 0; row < rows.rows; ++row) total[row] += part[row];
  }
  return total;
}

/// Calls body(k, row) for every entry of the rows.
template <class Body>
void for_each_in_rows(TileSpan rows, Body body) {
  for (Index col = 0; col < rows.cols; ++col) {
    const Index top = rows.first + col * rows.stride;
    for (Index row = 0; row < rows.rows; ++row) body(top + row, row);
  }
}

/// Calls body(tile, t) for every tile of the matrix, in parallel; t counts the tiles column by
/// column.
template <class Body>
void parallel_tiles(Shape grid, Tile tile, Body body) {
  const Index stride = grid.rows * tile.rows;
  parallel_blocks(grid.size(), block_for_cost(4 * tile.size()), [&](Index begin, Index end) {
    for (Index t = begin; t < end; ++t) {
      const Index row = t % grid.rows * tile.rows;
      const Index col = t / grid.rows * tile.cols;
      body(TileSpan{col * stride + row, tile.rows, tile.cols, stride}, t);
    }
  });
}

/// For tiles one row high: calls body(rows, t) for every group of up to 32 tiles, in parallel; t is
/// the first of them.
template <class Body>
void parallel_rows(Shape grid, Tile tile, Body body) {
  const Index stride = grid.rows;
  const Index groups = (grid.rows + rows_side_by_side - 1) / rows_side_by_side;
  const Index cost = 4 * rows_side_by_side * tile.cols;
  parallel_blocks(groups * grid.cols, block_for_cost(cost), [&](Index begin, Index end) {
    for (Index g = begin; g < end; ++g) {
      const Index row = g % groups * rows_side_by_side;
      const Index across = g / groups;
      const Index height = std::min(rows_side_by_side, stride - row);
      body(TileSpan{across * tile.cols * stride + row, height, tile.cols, stride},
           across * stride + row);
    }
  });
}

/// y = f(channel, x) for every entry; x's rows are channels × positions, position fastest.
template <class Function>
void per_channel(const Matrix& x, Index num_channels, Matrix& y, Function f) {
  y.set_size(x.n_rows, x.n_cols);
  const Index positions = x.n_rows / num_channels;
  parallel_blocks(x.n_cols, block_for_cost(x.n_rows), [&](Index begin, Index end) {
    for (Index col = begin; col < end; ++col) {
      const Scalar* from = x.colptr(col);
      Scalar* to = y.colptr(col);
      if (positions == 1) {
        for (Index channel = 0; channel < num_channels; ++channel) {
          to[channel] = f(channel, from[channel]);
        }
        continue;
      }
      for (Index channel = 0; channel < num_channels; ++channel) {
        for (Index p = channel * positions; p < (channel + 1) * positions; ++p) {
          to[p] = f(channel, from[p]);
        }
      }
    }
  });
}

}  // namespace evenkeel::fast
