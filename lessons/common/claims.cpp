#include "claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/chart/text.hpp"

namespace evenkeel::lesson {

namespace {

std::string range(double low, double high, Digits digits) {
  const std::string from = format_number(low, digits);
  const std::string to = format_number(high, digits);
  return from == to ? from : from + " – " + to;
}

std::string sign(const Claim& claim, const Terminal& terminal) {
  if (!claim.judged) return paint("·", Paint::dim, terminal);
  return claim.holds() ? paint("✓", Paint::green, terminal) : paint("✗", Paint::red, terminal);
}

std::string failure(const Claim& claim) {
  if (std::isnan(claim.low) || std::isnan(claim.high)) return "      it is not a number\n";
  const bool below = claim.low < claim.accepted_low;
  const double off = below ? claim.accepted_low - claim.low : claim.high - claim.accepted_high;
  return fmt::format(
      "      {} the band by {}; a band leaves out the rarest honest seeds: try another --seed\n",
      below ? "below" : "above", format_number(off, claim.digits));
}

}  // namespace

std::string to_string(const std::vector<Claim>& claims, const Terminal& terminal) {
  std::size_t text_width = 0;
  std::size_t value_width = 0;
  std::size_t band_width = 0;
  std::vector<std::string> values;
  std::vector<std::string> bands;
  for (const Claim& claim : claims) {
    values.push_back(range(claim.low, claim.high, claim.digits));
    bands.push_back(claim.judged
                        ? "accepted " + range(claim.accepted_low, claim.accepted_high, claim.digits)
                        : "not judged");
    text_width = std::max(text_width, display_width(claim.text));
    value_width = std::max(value_width, display_width(values.back()));
    band_width = std::max(band_width, display_width(bands.back()));
  }
  std::string out;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    const std::string value =
        fmt::format(" {}  {}", pad_right(claim.text, text_width), pad_left(values[i], value_width));
    const std::string line =
        fmt::format("{}   {}   ({})", value, pad_right(bands[i], band_width), claim.because);
    const bool fits = !terminal.limited || 3 + display_width(line) <= terminal.width;
    out += "  " + sign(claim, terminal);
    out += fits ? line : fmt::format("{}\n      {} ({})", value, bands[i], claim.because);
    out += "\n";
    if (!claim.holds()) out += failure(claim);
  }
  return out;
}

bool all_hold(const std::vector<Claim>& claims) {
  return std::all_of(claims.begin(), claims.end(), [](const Claim& c) { return c.holds(); });
}

}  // namespace evenkeel::lesson
