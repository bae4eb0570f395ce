#pragma once
// Which norms a file may mean, how each cuts x, and where its parameters stand.

#include <string>
#include <vector>

#include "tiles.hpp"

namespace evenkeel::audit {

struct Variant {
  Norm norm = Norm::unknown;                         ///< the one that is meant
  Cut cut;                                           ///< as the numbers are cut
  std::vector<std::size_t> gamma_along, beta_along;  ///< dimensions of x; empty: none
  std::vector<std::string> mistakes;                 ///< of the cut alone
};

/// First those that are right: the declared norm, or every norm that the shapes of the parameters
/// allow; then each other cut, with its mistake.
std::vector<Variant> variants_of(const Evidence& evidence);

/// The dimensions of x along which a parameter of this shape varies in this norm.
std::vector<std::size_t> parameter_along(const Shape& parameter, Norm norm, const Shape& x);

}  // namespace evenkeel::audit
