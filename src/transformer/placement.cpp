#include "evenkeel/transformer/placement.hpp"

#include <fmt/format.h>

#include <string>

#include "base/fail.hpp"

namespace evenkeel {

const Placement& placement_named(std::string_view name) {
  std::string names;
  for (const Placement& placement : all_placements) {
    if (placement.name == name) return placement;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", placement.name);
  }
  fail("placement", "expected one of {}, got \"{}\"", names, name);
}

}  // namespace evenkeel
