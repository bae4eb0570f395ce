#include "claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/base/terminal.hpp"

namespace evenkeel::lesson {

namespace {

std::string range(double low, double high, Digits digits) {
  const std::string from = format_number(low, digits);
  const std::string to = format_number(high, digits);
  return from == to ? from : from + " – " + to;
}

Digits digits_of(const Claim& claim) {
  return claim.accepted ? claim.accepted->digits : Digits::significant(3);
}

std::string sign(const Claim& claim, const Terminal& terminal) {
  if (!claim.judged || !claim.accepted) return paint("·", Paint::dim, terminal);
  return claim.holds() ? paint("✓", Paint::green, terminal) : paint("✗", Paint::red, terminal);
}

std::string failure(const Claim& claim) {
  if (std::isnan(claim.low) || std::isnan(claim.high)) return "      it is not a number\n";
  const bool below = claim.low < claim.accepted->low;
  const double off = below ? claim.accepted->low - claim.low : claim.high - claim.accepted->high;
  return fmt::format(
      "      {} the band by {}; with random seeds, even a correct run falls outside now and then\n",
      below ? "below" : "above", format_number(off, digits_of(claim)));
}

}  // namespace

std::string value_text(const Claim& claim) {
  return range(claim.low, claim.high, digits_of(claim));
}

std::string band_text(const Claim& claim) {
  if (!claim.accepted) return "no band known";
  if (!claim.judged) return "not judged";
  return "accepted " + range(claim.accepted->low, claim.accepted->high, digits_of(claim));
}

std::string to_string(const std::vector<Claim>& claims, const Terminal& terminal) {
  std::size_t text_width = 0, value_width = 0, band_width = 0;
  for (const Claim& claim : claims) {
    text_width = std::max(text_width, display_width(claim.text));
    value_width = std::max(value_width, display_width(value_text(claim)));
    band_width = std::max(band_width, display_width(band_text(claim)));
  }
  std::string out;
  for (const Claim& claim : claims) {
    const std::string because = claim.accepted ? "(" + claim.accepted->because + ")" : "";
    const std::string value = fmt::format(" {}  {}", pad_right(claim.text, text_width),
                                          pad_left(value_text(claim), value_width));
    const std::string line =
        fmt::format("{}   {}   {}", value, pad_right(band_text(claim), band_width), because);
    const bool fits = !terminal.limited || 3 + display_width(line) <= terminal.width;
    out += "  " + sign(claim, terminal);
    out += fits ? line : fmt::format("{}\n      {} {}", value, band_text(claim), because);
    out += "\n";
    if (!claim.holds()) out += failure(claim);
  }
  return out;
}

Band between(double low, double high, const std::string& because, Digits digits) {
  return [=](std::size_t) { return Accepted{low, high, because, digits}; };
}

Band means_near(double low, double high, double sd, const std::string& because) {
  return [=](std::size_t n) {
    const double off = 3 * sd / std::sqrt(static_cast<double>(n));
    return Accepted{low - off, high + off, because};
  };
}

Band mean_near(double expected, double sd, const std::string& because) {
  return means_near(expected, expected, sd, because);
}

Band mean_like(double mean, double sd, std::size_t known) {
  return [=](std::size_t n) {
    const double off =
        3 * sd * std::sqrt(1 / static_cast<double>(known) + 1 / static_cast<double>(n));
    return Accepted{std::max(0.0, mean - off), mean + off,
                    fmt::format("{} seeds: {:.3g}", known, mean)};
  };
}

Band medians_near(double low, double high, double sd, const std::string& because) {
  return means_near(low, high, 4 * 1.25 / 3 * sd, because);
}

Band median_near(double expected, double sd, const std::string& because) {
  return medians_near(expected, expected, sd, because);
}

namespace {

std::vector<double> drawn_or_claimed(const Figure& figure, const std::vector<Claim>& claims) {
  std::vector<double> numbers;
  const auto add = [&](const std::vector<double>& more) {
    numbers.insert(numbers.end(), more.begin(), more.end());
  };
  for (const Chart& panel : figure.panels) {
    for (const Chart::Series& series : panel.series) add(series.x), add(series.y);
    if (panel.heat) add(panel.heat->values);
  }
  for (const Claim& claim : claims) add({claim.low, claim.high});
  return numbers;
}

// Half of the last place that the text shows: 0.05 for "2.8", 500 for "25,000".
double rounding(const std::string& digits) {
  const std::size_t point = digits.find('.'), end = digits.size() - 1;
  if (point != std::string::npos) return 0.5 * std::pow(10.0, -static_cast<double>(end - point));
  return 0.5 * std::pow(10.0, static_cast<double>(end - digits.find_last_not_of('0')));
}

// "After 10 layers 23 % of 46,933": 23; 46,933
std::vector<std::string> numbers_in(const std::string& text) {
  const char* const digits = "0123456789";
  std::vector<std::string> numbers;
  for (std::size_t at = text.find_first_of(digits); at < text.size();) {
    std::size_t end = text.find_first_not_of("0123456789,", at);
    if (end < text.size() && text[end] == '.') {
      const std::size_t decimals_end =
          std::min(text.find_first_not_of(digits, end + 1), text.size());
      if (decimals_end > end + 1) end = decimals_end;  // not the full stop of a sentence
    }
    const std::string number = text.substr(at, end - at);
    const std::string rest = text.substr(std::min(end, text.size()));
    const bool is_measured = number.size() > 2 || number.find_first_of(".,") != std::string::npos ||
                             rest.starts_with("%") || rest.starts_with(" %") ||
                             rest.starts_with("×");
    if (is_measured) numbers.push_back(number);  // else a count
    at = text.find_first_of(digits, end);
  }
  return numbers;
}

}  // namespace

std::vector<std::string> unfounded_numbers(const Figure& figure, const std::vector<Claim>& claims) {
  const std::vector<double> numbers = drawn_or_claimed(figure, claims);
  std::vector<std::string> titles = {figure.title};
  for (const Chart& panel : figure.panels) titles.push_back(panel.title);
  std::vector<std::string> unfounded;
  for (const std::string& title : titles) {
    for (const std::string& number : numbers_in(title)) {
      std::string digits = number;
      std::erase(digits, ',');
      const double value = std::stod(digits);
      const double off = rounding(digits) * (1 + 1e-9);
      const bool founded = std::any_of(numbers.begin(), numbers.end(), [&](double known) {
        return std::abs(std::abs(known) - value) <= off;  // the text's sign is no digit
      });
      if (!founded) unfounded.push_back(number);
    }
  }
  return unfounded;
}

bool all_hold(const std::vector<Claim>& claims) {
  return std::all_of(claims.begin(), claims.end(), [](const Claim& c) { return c.holds(); });
}

}  // namespace evenkeel::lesson
