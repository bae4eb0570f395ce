#pragma once
// What is checked once it is known which norm made y: running statistics, dx, dgamma, dbeta.

#include <optional>
#include <string>
#include <vector>

#include "forward.hpp"

namespace evenkeel::audit {

struct Check {
  std::string quantity;  ///< "dx", "running_var"
  bool explained = false;
  std::vector<std::string> mistakes;  ///< where explained
  std::string reason;                 ///< why it could not be checked; "" where it was
  Fit fit;                            ///< of the explanation
  Fit right;                          ///< against the right formula
};

struct Candidate {
  std::vector<std::string> mistakes;
  Fit fit;
};

/// Of those that hold, in the order of preference: the right one first, then one mistake, then two.
/// A mistake whose tolerance is as large as what it explains is believed only where nothing else
/// holds.
inline const Candidate* simplest(const std::vector<Candidate>& held, double tiles) {
  const Candidate* chosen = nullptr;
  for (const bool must_tell : {true, false}) {
    for (std::size_t size = 0; size < 5 && (must_tell || !chosen); ++size) {
      for (const Candidate& next : held) {
        if (next.mistakes.size() != size || (size > 0 && must_tell && !next.fit.tells)) continue;
        const bool as_simple = chosen && chosen->mistakes.size() == size;
        const bool nearer =
            as_simple && next.fit.rms < 0.5 * chosen->fit.rms && chosen->fit.rms > 0.1;
        const bool better = chosen && !as_simple && clearly_better(next.fit, chosen->fit, tiles);
        if (!chosen || nearer || better) chosen = &next;
      }
    }
  }
  return chosen;
}

/// Whether a candidate may be believed at a precision that is coarser than that of the file: what
/// went through 16 bits is near it, and what is as far off as they allow is something else.
inline bool is_near(const Candidate& candidate) {
  return candidate.fit.tells && candidate.fit.rms < 0.5 && candidate.mistakes.size() < 2;
}

/// The check takes over what was chosen at a precision as coarse as `unit`, or coarser.
inline void take_over(const Candidate& chosen, double coarser, double unit, Check& check) {
  check.explained = true;
  check.mistakes = chosen.mistakes;
  check.fit = chosen.fit;
  if (coarser > 0x1p-24 && coarser > unit) check.mistakes.push_back("half_precision");
}

/// The precisions at which a quantity is asked for: that of the file, then coarser ones.
std::vector<double> precisions(double unit);

/// running_mean and running_var; none where the file has none, or nothing is to be updated.
std::vector<Check> check_running(const Evidence& evidence, const Explanation& found,
                                 const Explanation& right);

/// dx, where the file has dy and dx.
std::optional<Check> check_dx(const Evidence& evidence, const Explanation& found,
                              const Explanation& right);

/// dgamma and dbeta, where the file has dy and them.
std::vector<Check> check_sums(const Evidence& evidence, const Explanation& found,
                              const Explanation& right);

/// The right dx, number by number.
std::vector<Predicted> right_dx(const Evidence& evidence, const Explanation& right);

}  // namespace evenkeel::audit
