#pragma once
// The dropout of attention's probabilities. Blocks come in any order and again in backward, so the
// random numbers are not a sequence but a function of the place: SplitMix64 (Steele, Lea and Flood
// 2014, "Fast splittable pseudorandom number generators"): the n-th is a hash of seed + n · golden.

#include "evenkeel/ops/attention.hpp"

namespace evenkeel {

class AttentionDropout {
 public:
  /// Of one head of one sequence.
  AttentionDropout(const AttentionOptions& options, Index sequence, Index head)
      : length_(options.sequence_length),
        first_((sequence * options.heads + head) * length_ * length_),
        start_(scattered(options.seed)),
        threshold_(static_cast<std::uint64_t>(options.dropout * 0x1p64)),
        kept_(static_cast<Scalar>(1 / (1 - options.dropout))) {}

  /// 0 or 1/(1 − rate)
  Scalar factor(Index query, Index key) const {
    const std::uint64_t number = first_ + query * length_ + key;
    return scattered(start_ + (number + 1) * golden) < threshold_ ? Scalar(0) : kept_;
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;  // 2^64 / 1.618…, odd

  static std::uint64_t scattered(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  Index length_;
  std::uint64_t first_;  // number of the first entry of this head
  std::uint64_t start_;
  std::uint64_t threshold_;
  Scalar kept_;
};

}  // namespace evenkeel
