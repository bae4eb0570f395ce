#include "evenkeel/core/parameter.hpp"

#include <fmt/format.h>

#include <bit>

#include "base/fail.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel {

namespace {

std::uint64_t fingerprint(const Matrix& x) {
  const Index stride = (x.n_elem + 63) / 64;
  std::uint64_t print = 0;
  for (Index i = 0; i < x.n_elem; i += stride) {
    print = (print ^ std::bit_cast<std::uint64_t>(static_cast<double>(x[i]))) * 0x9e3779b97f4a7c15u;
  }
  return print;
}

}  // namespace

void Watch::start(const Parameter& p) {
  life_ = p.life.watch();
  shape_ = shape_of(p.value);
  fingerprint_ = fingerprint(p.value);
}

void Watch::require_unchanged(const Parameter& p, std::string_view name, Index node) const {
  const auto complain = [&](std::string_view what) {
    fail("backward",
         "parameter '{}' (node {}) {} since it came onto the tape: it must "
         "stay as it is until backward is done",
         name, node, what);
  };
  if (life_.expired()) complain("was destroyed, or moved as when a std::vector grows,");
  if (shape_of(p.value) != shape_) {
    complain(
        fmt::format("was resized from {} to {}", to_string(shape_), to_string(shape_of(p.value))));
  }
  if (fingerprint(p.value) != fingerprint_) complain("was changed");
}

std::vector<const Parameter*> without_gradient(std::span<Parameter* const> parameters) {
  std::vector<const Parameter*> missed;
  for (const Parameter* parameter : parameters) {
    if (!parameter->has_gradient) missed.push_back(parameter);
  }
  return missed;
}

}  // namespace evenkeel
