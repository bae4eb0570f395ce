#include "evenkeel/core/parameter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/fail.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel {

namespace {

// All entries of a small matrix, then zeros; runs of 8 of a large one, from its first to its last.
Watch::Sample sample_of(const Matrix& x) {
  constexpr Index run = 8;
  Watch::Sample sample;
  constexpr Index runs = sample.size() / run;
  if (x.n_elem <= sample.size()) {
    std::fill(std::copy_n(x.memptr(), x.n_elem, sample.begin()), sample.end(), Scalar{0});
    return sample;
  }
  for (Index i = 0; i < runs; ++i) {
    const Scalar* from = x.memptr() + i * (x.n_elem - run) / (runs - 1);
    std::copy_n(from, run, sample.begin() + i * run);
  }
  return sample;
}

bool same_bits(const Watch::Sample& a, const Watch::Sample& b) {
  return std::memcmp(a.data(), b.data(), sizeof a) == 0;
}

}  // namespace

void Watch::start(const Parameter& p) {
  life_ = p.life.watch();
  shape_ = shape_of(p.value);
  sample_ = sample_of(p.value);
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
  if (!same_bits(sample_of(p.value), sample_)) complain("was changed");
}

std::vector<const Parameter*> without_gradient(std::span<Parameter* const> parameters) {
  std::vector<const Parameter*> missed;
  for (const Parameter* parameter : parameters) {
    if (!parameter->has_gradient) missed.push_back(parameter);
  }
  return missed;
}

}  // namespace evenkeel
