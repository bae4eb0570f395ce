#include "tiles.hpp"

#include <algorithm>

namespace evenkeel::audit {

namespace {

bool has(const std::vector<std::size_t>& list, std::size_t number) {
  return std::ranges::find(list, number) != list.end();
}

// For each number of x: Σ over dimensions of weight[d][index along d].
std::vector<std::uint32_t> spread(const Shape& shape,
                                  const std::vector<std::vector<std::uint32_t>>& weights) {
  std::vector<std::uint32_t> all = {0};
  for (std::size_t d = 0; d < shape.size(); ++d) {
    std::vector<std::uint32_t> next;
    next.reserve(all.size() * shape[d]);
    for (const std::uint32_t begin : all) {
      for (const std::uint32_t weight : weights[d]) next.push_back(begin + weight);
    }
    all = std::move(next);
  }
  return all;
}

// Tile numbers, last kept dimension fastest; and how many there are.
std::pair<std::vector<std::uint32_t>, std::size_t> tile_numbers(const Shape& shape,
                                                                const Cut& cut) {
  std::vector<std::vector<std::uint32_t>> weights(shape.size());
  std::size_t stride = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    std::size_t pieces = has(cut.axes, d) ? 1 : shape[d];
    if (d == 1 && cut.groups > 0) pieces = cut.groups;
    const std::size_t width = std::max<std::size_t>(shape[d] / pieces, 1);
    for (std::size_t i = 0; i < shape[d]; ++i) {
      const std::size_t piece = cut.interleaved && d == 1 ? i % pieces : i / width;
      weights[d].push_back(static_cast<std::uint32_t>(piece * stride));
    }
    stride *= pieces;
  }
  return {spread(shape, weights), stride};
}

}  // namespace

double Tiles::largest_n() const {
  return std::ranges::max(tiles, {}, &Statistics::n).n;
}

Tiles tiles_of(const Array& x, const Cut& cut, const std::vector<char>& valid) {
  Tiles result{cut, {}, {}, false};
  std::size_t count = 0;
  std::tie(result.of, count) = tile_numbers(x.shape, cut);
  const auto counts = [&](std::size_t i) { return valid.empty() || valid[i]; };
  std::vector<long double> n(count), left_out(count), mean(count), variance(count);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    (counts(i) ? n : left_out)[result.of[i]] += 1;
    if (counts(i)) mean[result.of[i]] += x.values[i];
  }
  for (std::size_t t = 0; t < count; ++t) mean[t] /= std::max(n[t], 1.0L);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const long double centred = x.values[i] - mean[result.of[i]];
    if (counts(i)) variance[result.of[i]] += centred * centred;
  }
  for (std::size_t t = 0; t < count; ++t) {
    variance[t] /= std::max(n[t], 1.0L);
    result.mixes_padding |= n[t] > 0 && left_out[t] > 0;
    result.tiles.push_back({static_cast<double>(n[t]), static_cast<double>(mean[t]),
                            static_cast<double>(variance[t]),
                            static_cast<double>(variance[t] + mean[t] * mean[t])});
  }
  return result;
}

Tiles with_statistics(const Array& x, const Cut& cut, const Array& mean, const Array& variance) {
  Tiles result = tiles_of(x, cut);
  Cut by_channel{{}, 0, false};
  for (std::size_t d = 0; d < x.shape.size(); ++d) {
    if (d != 1) by_channel.axes.push_back(d);
  }
  result.of = tile_numbers(x.shape, by_channel).first;
  const double n = result.largest_n();
  result.tiles.clear();
  for (std::size_t c = 0; c < mean.values.size(); ++c) {
    const double m = mean.values[c], v = variance.values[c];
    result.tiles.push_back({n, m, v, v + m * m});
  }
  return result;
}

Cut essence(const Cut& cut, const Shape& shape) {
  Cut result{{}, cut.groups, cut.interleaved};
  const bool cut_fully = cut.groups > 0 && shape.size() > 1 && cut.groups == shape[1];
  if (cut.groups <= 1 || cut_fully) {
    result.groups = 0;
    result.interleaved = false;
  }
  for (const std::size_t axis : cut.axes) {
    if (shape[axis] > 1 && !(axis == 1 && cut_fully)) result.axes.push_back(axis);
  }
  std::ranges::sort(result.axes);
  return result;
}

Placement placement_along(const std::vector<std::size_t>& kept, const Shape& x) {
  Cut cut{{}, 0, false};
  for (std::size_t d = 0; d < x.size(); ++d) {
    if (!has(kept, d)) cut.axes.push_back(d);
  }
  return {tile_numbers(x, cut).first, kept};
}

}  // namespace evenkeel::audit
