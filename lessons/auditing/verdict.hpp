#pragma once
// The audit of one file: which norm it is, over what, whether it is right, and if not, what is
// known to go wrong like that.

#include <nlohmann/json_fwd.hpp>

#include "checks.hpp"

namespace evenkeel::audit {

struct Verdict {
  std::optional<Explanation> found;   ///< none: no known norm, and no known mistake
  std::optional<Explanation> right;   ///< what was meant
  Fit against_right;                  ///< y against the right formula
  std::vector<Check> checks;          ///< of all else that the file has
  std::vector<std::string> mistakes;  ///< ids, in the order of the table; empty: right

  bool is_right() const { return mistakes.empty(); }
};

Verdict audit(const Evidence& evidence);

/// The object that --json prints; docs/audit.md tells its keys.
nlohmann::ordered_json to_json(const Evidence& evidence, const Verdict& verdict);

/// The same in words.
std::string to_text(const Evidence& evidence, const Verdict& verdict);

/// "y[0, 3]"
std::string place(const std::string& name, std::size_t at, const Shape& shape);

}  // namespace evenkeel::audit
