#include "claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <cmath>
#include <regex>

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

Accepted Expected::of_mean(std::size_t n) const {
  const double off = 3 * sd / std::sqrt(static_cast<double>(n));
  return {low - off, high + off, because, digits};
}

Accepted mean_near(double expected, double sd, std::size_t n, std::string because) {
  const double off = 3 * sd / std::sqrt(static_cast<double>(n));
  return {expected - off, expected + off, std::move(because)};
}

Accepted Known::of(std::size_t n) const {
  const double off = 4 * 1.25 * sd / std::sqrt(static_cast<double>(n));  // 1.25: of a median
  return {median - off, median + off, because};
}

Accepted mean_like(double mean, double sd, std::size_t known, std::size_t n) {
  const double off =
      3 * sd * std::sqrt(1 / static_cast<double>(known) + 1 / static_cast<double>(n));
  return {std::max(0.0, mean - off), mean + off, fmt::format("{} seeds: {:.3g}", known, mean)};
}

namespace {

std::vector<double> drawn_or_claimed(const Figure& figure, const std::vector<Claim>& claims) {
  std::vector<double> numbers;
  for (const Chart& panel : figure.panels) {
    for (const Chart::Series& series : panel.series) {
      numbers.insert(numbers.end(), series.x.begin(), series.x.end());
      numbers.insert(numbers.end(), series.y.begin(), series.y.end());
    }
    if (panel.heat) {
      numbers.insert(numbers.end(), panel.heat->values.begin(), panel.heat->values.end());
    }
  }
  for (const Claim& claim : claims) numbers.insert(numbers.end(), {claim.low, claim.high});
  return numbers;
}

// Half of the last place that the text shows: 0.05 for "2.8", 500 for "25,000".
double rounding(const std::string& digits) {
  const std::size_t point = digits.find('.');
  if (point != std::string::npos) {
    return 0.5 * std::pow(10.0, -static_cast<double>(digits.size() - point - 1));
  }
  const std::size_t last = digits.find_last_not_of('0');
  return 0.5 * std::pow(10.0, static_cast<double>(digits.size() - 1 - last));
}

}  // namespace

std::vector<std::string> unfounded_numbers(const Figure& figure, const std::vector<Claim>& claims) {
  const std::vector<double> numbers = drawn_or_claimed(figure, claims);
  std::vector<std::string> titles = {figure.title};
  for (const Chart& panel : figure.panels) titles.push_back(panel.title);
  static const std::regex number("[0-9][0-9,]*(\\.[0-9]+)?");
  std::vector<std::string> unfounded;
  for (const std::string& title : titles) {
    for (std::sregex_iterator at(title.begin(), title.end(), number), end; at != end; ++at) {
      const std::string digits = boost::erase_all_copy(at->str(), ",");
      const double value = std::stod(digits);
      if (digits.find('.') == std::string::npos && value < 100) continue;
      const double off = rounding(digits) * (1 + 1e-9);
      const bool founded = std::any_of(numbers.begin(), numbers.end(), [&](double known) {
        return std::abs(std::abs(known) - value) <= off;  // the text's sign is no digit
      });
      if (!founded) unfounded.push_back(at->str());
    }
  }
  return unfounded;
}

bool all_hold(const std::vector<Claim>& claims) {
  return std::all_of(claims.begin(), claims.end(), [](const Claim& c) { return c.holds(); });
}

}  // namespace evenkeel::lesson
