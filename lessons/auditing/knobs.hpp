#pragma once
// Every formula that a norm may have been computed by, with the mistakes that it has.

#include <string>
#include <vector>

#include "formula.hpp"

namespace evenkeel::audit {

struct Knobs {
  Formula formula;
  std::vector<std::string> mistakes;
};

/// At most `most` mistakes, the right formula among them, for what the file has (gamma, beta, eps).
/// Where it names no eps, the usual ones are tried, and none of them is a mistake.
std::vector<Knobs> formulas_for(const Evidence& evidence, Norm norm, std::size_t most);

}  // namespace evenkeel::audit
