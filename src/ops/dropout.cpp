#include "evenkeel/ops/dropout.hpp"

#include <fmt/format.h>

#include <boost/random/mersenne_twister.hpp>

#include "kernels/map.hpp"

namespace evenkeel {

namespace {

constexpr Index entries_per_stream = 4096;

void require_probability(double p) {
  if (p >= 0 && p < 1) return;
  fail("dropout", fmt::format("p must be at least 0 and below 1, got {}", p));
}

// Far-apart seeds for seeds that lie side by side (the finalizer of SplitMix64: Steele, Lea and
// Flood, 2014), so that the streams of seed 1 and of seed 2 have no block in common.
std::uint64_t scattered(std::uint64_t seed) {
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9u;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebu;
  return seed ^ (seed >> 31);
}

}  // namespace

void Dropout::forward(const Matrix& x, Matrix& y) {
  set_shape(mask, shape_of(x));
  const auto kept = static_cast<Scalar>(1 / (1 - p));
  // A draw is uniform over 2^64 numbers; the lowest p·2^64 of them drop the entry.
  const auto threshold = static_cast<std::uint64_t>(p * 0x1p64);
  parallel_blocks(x.n_elem, entries_per_stream, [&](Index first, Index last) {
    boost::random::mt19937_64 stream(scattered(seed) + first / entries_per_stream);
    for (Index i = first; i < last; ++i) mask[i] = stream() < threshold ? Scalar(0) : kept;
  });
  map(x, mask, y, [](Scalar x, Scalar mask) { return mask * x; });
}

void Dropout::backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) {
  map(dy, mask, dx, [](Scalar dy, Scalar mask) { return mask * dy; });
}

Var dropout(Var x, double p, std::uint64_t seed) {
  require_probability(p);
  if (p == 0) return x;
  return record<Dropout>({x}, [&](Dropout& op) {
    op.p = p;
    op.seed = seed;
  });
}

Var dropout(Var x, double p, Random& random) {
  return dropout(x, p, random.engine()());
}

DropoutLayer::DropoutLayer(double p, std::uint64_t seed) : p_(p), random_(seed) {
  require_probability(p);
}

Var DropoutLayer::operator()(Var x) {
  return training() ? dropout(x, p_, random_) : x;
}

}  // namespace evenkeel
