#pragma once
// Who shares one mean and one variance, and what these are.

#include <vector>

#include "evidence.hpp"

namespace evenkeel::audit {

/// How x is cut: one tile for each index along the dimensions that are not among `axes`; with
/// groups, dimension 1 is among the axes but cut into that many pieces.
struct Cut {
  std::vector<std::size_t> axes;
  std::size_t groups = 0;    ///< 0: none
  bool interleaved = false;  ///< channel c is in group c mod groups, and not c / (C / groups)
  bool operator==(const Cut&) const = default;
};

struct Statistics {
  double n = 0;
  double mean = 0;
  double variance = 0;     ///< divided by n
  double mean_square = 0;  ///< variance + mean²
};

struct Tiles {
  Cut cut;
  std::vector<std::uint32_t> of;  ///< for each number of x, its tile
  std::vector<Statistics> tiles;
  bool mixes_padding = false;  ///< a tile holds padding and valid entries

  const Statistics& at(std::size_t i) const { return tiles[of[i]]; }
  double largest_n() const;
};

/// In two passes, in long double. Entries that are not `valid` are left out; empty: all are in.
Tiles tiles_of(const Array& x, const Cut& cut, const std::vector<char>& valid = {});

/// The same cut with given means and variances, one for each channel (dimension 1).
Tiles with_statistics(const Array& x, const Cut& cut, const Array& mean, const Array& variance);

/// The cut without axes of length 1 and with groups only where they cut: equal ones cut alike.
Cut essence(const Cut& cut, const Shape& shape);

/// Where a parameter acts: for each number of x the place of its parameter.
struct Placement {
  std::vector<std::uint32_t> of;
  std::vector<std::size_t> kept;  ///< the dimensions along which it varies
};

/// A parameter that varies along these dimensions of x.
Placement placement_along(const std::vector<std::size_t>& kept, const Shape& x);

}  // namespace evenkeel::audit
