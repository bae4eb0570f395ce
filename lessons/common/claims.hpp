#pragma once
// A lesson's claims: each a measured value held against what theory or a paper expects.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/base/table.hpp"
#include "evenkeel/base/terminal.hpp"
#include "evenkeel/chart/chart.hpp"

namespace evenkeel::lesson {

/// What a claim's value may be, and where that comes from.
struct Accepted {
  double low, high;
  std::string because;  ///< "theory s·√(n/2) = 2.83"
  Digits digits = Digits::significant(3);
};

/// The band of what is taken over n seeds.
using Band = std::function<Accepted(std::size_t n)>;
/// What is known of a lesson's claims, by their text.
using Bands = std::map<std::string, Band>;

/// The same for any number of seeds.
Band between(double low, double high, const std::string& because,
             Digits digits = Digits::significant(3));
/// For a mean: within three standard errors; sd is the standard deviation of one seed's value.
Band mean_near(double expected, double sd, const std::string& because);
/// For several means, of all layers say, the least expected at low and the greatest at high.
Band means_near(double low, double high, double sd, const std::string& because);
/// For a mean of which no theory is known, only that of `known` other seeds: within three standard
/// errors of the difference. For what is never negative.
Band mean_like(double mean, double sd, std::size_t known);
/// For a median, whose standard error is 1.25 times a mean's: within four of them, since claims
/// about medians come by the dozen.
Band median_near(double expected, double sd, const std::string& because);
Band medians_near(double low, double high, double sd, const std::string& because);

struct Claim {
  std::string text;  ///< "growth per layer, no normalization"
  double low = 0;    ///< the smallest and largest value measured; equal for a single one
  double high = 0;
  std::optional<Accepted> accepted = {};  ///< none: no band is known, the value is only shown
  bool judged = true;                     ///< false: the band is that of another setting

  bool holds() const {
    return !judged || !accepted || (low >= accepted->low && high <= accepted->high);
  }
};

/// "2.79" or "0.58 – 0.61"; "accepted 2.56 – 3.07".
std::string value_text(const Claim& claim);
std::string band_text(const Claim& claim);

/// "  ✓ growth per layer, no normalization   2.79  accepted 2.56 – 3.07  (theory 2.83)", a line for
/// each claim, aligned; below a claim that fails, a line that says by how much.
std::string to_string(const std::vector<Claim>& claims, const Terminal& terminal);

bool all_hold(const std::vector<Claim>& claims);

/// The numbers in a figure's titles that are neither drawn in it nor claimed: a title, a claim and
/// a point that speak of one quantity come from one number. A whole number below 100 may be a
/// count or a setting, "10 layers", unless % or × follows it.
std::vector<std::string> unfounded_numbers(const Figure& figure, const std::vector<Claim>& claims);

}  // namespace evenkeel::lesson
