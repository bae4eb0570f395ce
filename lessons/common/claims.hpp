#pragma once
// A lesson's claims: each a measured value held against what theory or a paper expects.

#include <string>
#include <vector>

#include "evenkeel/chart/number.hpp"
#include "evenkeel/chart/text.hpp"

namespace evenkeel::lesson {

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

}  // namespace evenkeel::lesson
