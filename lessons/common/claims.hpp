#pragma once
// A lesson's claims: each a measured value held against what theory or a paper expects.

#include <map>
#include <string>
#include <vector>

#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/number.hpp"
#include "evenkeel/chart/text.hpp"

namespace evenkeel::lesson {

/// What a claim's value may be, and where that comes from.
struct Accepted {
  double low, high;
  std::string because;  ///< "theory s·√(n/2) = 2.83"
  Digits digits = Digits::significant(3);
};

/// For the mean of n values with this standard deviation each: within three standard errors.
Accepted mean_near(double expected, double sd, std::size_t n, std::string because);
/// For the mean over n seeds, where that of `known` other seeds, with this standard deviation each,
/// was `mean`: within three standard errors of the difference. For what is never negative.
Accepted mean_like(double mean, double sd, std::size_t known, std::size_t n);

/// What a mean over seeds may be, told by many more seeds than a lesson runs: the least and the
/// greatest mean (of several layers, say), and the largest standard deviation of one seed's value.
struct Expected {
  double low, high, sd;
  std::string because;
  Digits digits = Digits::significant(3);

  /// Within three standard errors of the mean of n values.
  Accepted of_mean(std::size_t n) const;
};
/// By the text of the claim.
using Expectations = std::map<std::string, Expected>;

/// What many seeds said once: their median and standard deviation; and what theory says of it.
struct Known {
  double median, sd;
  std::string because;

  /// For the median of n seeds: within four standard errors, since claims come by the dozen.
  Accepted of(std::size_t n) const;
};

struct Claim {
  std::string text;  ///< "growth per layer, no norm"
  double low = 0;    ///< the smallest and largest value measured; equal for a single one
  double high = 0;
  double accepted_low = 0;
  double accepted_high = 0;
  std::string because;  ///< where the band comes from: "theory s·√(n/2) = 2.83"
  Digits digits = Digits::significant(3);
  bool judged = true;  ///< false: no band is known for this setting, the value is only shown

  bool holds() const { return !judged || (low >= accepted_low && high <= accepted_high); }
};

/// "  ✓ growth per layer, no norm   2.79   accepted 2.56 – 3.07   (theory s·√(n/2) = 2.83)", one
/// line a claim, aligned; below a claim that fails, a line that says by how much.
std::string to_string(const std::vector<Claim>& claims, const Terminal& terminal);

bool all_hold(const std::vector<Claim>& claims);

/// The numbers in a figure's titles that are neither drawn in it nor claimed: a title, a claim and
/// a point that speak of one quantity come from one number. Whole numbers below 100 may be counts.
std::vector<std::string> unfounded_numbers(const Figure& figure, const std::vector<Claim>& claims);

}  // namespace evenkeel::lesson
