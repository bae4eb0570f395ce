#include <algorithm>
#include <cmath>

#include "annotate.hpp"

namespace evenkeel::detail {
namespace {

// Names along an axis of cells, as many as have room.
std::vector<Tick> name_ticks(const std::vector<std::string>& names, double room, bool across) {
  double needed = label_height;
  for (const std::string& name : names)
    if (across) needed = std::max(needed, text_width(name, letters) + 12);
  const double cell = room / static_cast<double>(std::max<std::size_t>(names.size(), 1));
  const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil(needed / cell)));
  std::vector<Tick> ticks;
  for (std::size_t i = 0; i < names.size(); i += every)
    ticks.push_back({static_cast<double>(i) + 0.5, names[i]});
  return ticks;
}

}  // namespace

Scale cells_across(const Chart& chart, double width) {
  if (chart.picture) return {Axis::linear, 0, static_cast<double>(chart.picture->width), {}};
  if (chart.heat)
    return {Axis::linear, 0, static_cast<double>(chart.heat->columns.size()),
            name_ticks(chart.heat->columns, width, true)};
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < chart.tile_map->columns; ++i) numbers.push_back(std::to_string(i));
  return {Axis::linear, 0, static_cast<double>(chart.tile_map->columns),
          name_ticks(numbers, width, true)};
}

// Row 0 is at the top, so the axis runs downwards.
Scale cells_down(const Chart& chart, double height) {
  if (chart.picture) return {Axis::linear, static_cast<double>(chart.picture->height), 0, {}};
  if (chart.heat)
    return {Axis::linear, static_cast<double>(chart.heat->rows.size()), 0,
            name_ticks(chart.heat->rows, height, false)};
  const TileMap& map = *chart.tile_map;
  std::vector<Tick> ticks;
  const double groups = static_cast<double>(std::max<std::size_t>(map.groups.size(), 1));
  const double rows = static_cast<double>(map.rows) / groups;
  for (std::size_t g = 0; g < map.groups.size(); ++g)
    ticks.push_back({(rows + tile_gap) * static_cast<double>(g) + rows / 2, map.groups[g]});
  return {Axis::linear, static_cast<double>(map.rows) + tile_gap * (groups - 1), 0, ticks};
}

Scale colour_scale(const HeatMap& map) {
  Extent extent(map.scale);
  extent.include(map.values);
  return scale_for({map.meaning, map.scale, {}, {}}, extent, {0, 0}, 6);
}

Colour heat_colour(double share) {
  constexpr double pieces = static_cast<double>(std::size(colour::heat) - 1);
  const double place = std::clamp(share, 0.0, 1.0) * pieces;
  const auto piece = std::min(static_cast<std::size_t>(place), std::size(colour::heat) - 2);
  return mix(colour::heat[piece], colour::heat[piece + 1], place - static_cast<double>(piece));
}

}  // namespace evenkeel::detail
