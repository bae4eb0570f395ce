#pragma once
// The mask of a dropout: 0 with this probability, else 1/(1 − probability). An entry is a function
// of the seed and its number alone, so it is the same in whatever order and on however many threads
// it is drawn, and can be drawn again in backward. SplitMix64 (Steele, Lea and Flood 2014, "Fast
// splittable pseudorandom number generators"): the n-th number is a hash of start + n · golden.

#include <cstdint>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

class DropoutMask {
 public:
  DropoutMask(double probability, std::uint64_t seed)
      : start_(hash(seed)),
        threshold_(static_cast<std::uint64_t>(probability * 0x1p64)),
        kept_(static_cast<Scalar>(1 / (1 - probability))) {}

  Scalar operator()(std::uint64_t number) const {
    return hash(start_ + (number + 1) * golden) < threshold_ ? Scalar(0) : kept_;
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;  // 2^64 / 1.618…, odd

  static std::uint64_t hash(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  std::uint64_t start_;
  std::uint64_t threshold_;  // of 2^64 numbers, the lowest are dropped
  Scalar kept_;
};

}  // namespace evenkeel
