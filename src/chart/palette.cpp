#include "evenkeel/chart/palette.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace evenkeel {
namespace {

double channel(Colour c, int shift) {
  return static_cast<double>((c.rgb >> shift) & 0xFF);
}

}  // namespace

Colour colour::tile(std::size_t index, std::size_t count) {
  static constexpr Colour hues[] = {{0x0072B2}, {0xE69F00}, {0x009E73}, {0xCC79A7},
                                    {0xF0E442}, {0x56B4E9}, {0xD55E00}, {0x999999}};
  constexpr std::size_t n = std::size(hues);
  // Beyond the last hue the same again, each time paler.
  const std::size_t round = index / n, rounds = (count - 1) / n + 1;
  const double share = static_cast<double>(round) / static_cast<double>(rounds);
  return mix(hues[index % n], {0xFFFFFF}, 0.3 + 0.6 * share);
}

Colour colour::heat_at(double share) {
  const double place = std::clamp(share, 0.0, 1.0) * (heat.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), heat.size() - 2);
  return mix(heat[below], heat[below + 1], place - static_cast<double>(below));
}

std::string hex(Colour c) {
  return fmt::format("#{:06X}", c.rgb);
}

Colour mix(Colour a, Colour b, double share) {
  std::uint32_t mixed = 0;
  for (int shift : {16, 8, 0}) {
    const double value = std::lerp(channel(a, shift), channel(b, shift), share);
    mixed |= static_cast<std::uint32_t>(std::lround(value)) << shift;
  }
  return {mixed};
}

double lightness(Colour c) {
  return (channel(c, 16) + 2 * channel(c, 8) + channel(c, 0)) / 4;
}

}  // namespace evenkeel
