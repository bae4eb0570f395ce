#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

/// \file
/// Every colour of every chart. A norm keeps its colour from the first lesson to the last.
///
/// The norms wear the colours of Okabe and Ito, "Color Universal Design" (2008), which readers with
/// any common colour blindness tell apart. Those eight are then used up (yellow is too pale for a
/// line on white), so the placements of a norm wear four darker ones.
namespace evenkeel {

/// A colour as 0xRRGGBB.
struct Colour {
  std::uint32_t rgb = 0;

  bool operator==(const Colour&) const = default;
};

namespace colour {

inline constexpr Colour none{0xD55E00};      // vermillion
inline constexpr Colour batch{0x0072B2};     // blue
inline constexpr Colour layer{0x009E73};     // bluish green
inline constexpr Colour instance{0xCC79A7};  // reddish purple
inline constexpr Colour group{0xE69F00};     // orange
inline constexpr Colour rms{0x56B4E9};       // sky blue

inline constexpr Colour post{0x332288};  // indigo
inline constexpr Colour pre{0x999933};   // olive
inline constexpr Colour peri{0x44AA99};  // teal
inline constexpr Colour deep{0x882255};  // wine

inline constexpr Colour theory{0x8A8A8A};  // always dashed too
inline constexpr Colour text{0x222222};
inline constexpr Colour faint_text{0x666666};
inline constexpr Colour axis{0x444444};
inline constexpr Colour black{0x000000};

/// For lines that are neither a norm nor a placement, in the order to use them.
inline constexpr std::array<Colour, 6> series{batch, none, layer, instance, group, rms};

/// Pale to dark, for heat maps: darker is more, in grey print too.
inline constexpr std::array<Colour, 4> heat{Colour{0xE3EEF8}, Colour{0x8FC1E0}, Colour{0x2F7FBC},
                                            Colour{0x08306B}};
/// One of these shades, from the palest (share 0) to the darkest (1).
Colour heat_at(double share);
/// A heat map's cell without a finite number.
inline constexpr Colour diverged{0xF3C9AE};

/// `count` colours no two of which are the same, pale enough to carry dark text.
/// Beyond eight they no longer differ for every eye: print a number as well.
Colour tile(std::size_t index, std::size_t count);

}  // namespace colour

/// "#D55E00"
std::string hex(Colour c);

/// The colour between `a` (share 0) and `b` (share 1).
Colour mix(Colour a, Colour b, double share);

/// From 0, black, to 255, white.
double lightness(Colour c);

/// A darker shade, for text in the colour of its line.
inline Colour shade(Colour c) {
  return mix(c, colour::black, 0.22);
}

}  // namespace evenkeel
