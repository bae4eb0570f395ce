#pragma once
// What an all-reduce costs: everybody's n bytes are added up, and everybody gets the sum.
//
//   one message of n bytes     α + n/B                                  latency α, bandwidth B
//   ring                       2(p−1)·α + 2(p−1)/p·n/B                  2(p−1) rounds of n/p bytes
//   tree                       2⌈log₂ p⌉·(α + n/B)                      down to one, up to all
//   halving and doubling       2·log₂ p·α + 2(p−1)/p·n/B                n/2, n/4 … and back
//
// for p machines that each send and receive one message at a time; adding up is free.
// Source: Thakur, Rabenseifner & Gropp 2005, "Optimization of Collective Communication Operations
// in MPICH", Int. J. High Performance Computing Applications 19(1).

#include <algorithm>
#include <cmath>
#include <vector>

#include "evenkeel/base/error.hpp"
#include "evenkeel/core/types.hpp"

namespace evenkeel::lesson {

struct Network {
  double latency;    ///< α, seconds
  double bandwidth;  ///< B, bytes a second
  double message(double bytes) const { return latency + bytes / bandwidth; }
};

inline double ring(double p, double bytes, const Network& net) {
  return 2 * (p - 1) * net.message(bytes / p);
}
inline double tree(double p, double bytes, const Network& net) {
  return 2 * std::ceil(std::log2(p)) * net.message(bytes);
}
/// p is a power of two.
inline double halving(double p, double bytes, const Network& net) {
  return 2 * std::log2(p) * net.latency + 2 * (p - 1) / p * bytes / net.bandwidth;
}

/// The two clever ones played through, message by message: machine i begins with i + 1 in each of p
/// numbers. Returns the seconds, and throws unless all end with the sum 1 + 2 + … + p.
struct Played {
  Index p;
  double bytes;  ///< of all p numbers
  Network net;
  std::vector<std::vector<double>> held{p, std::vector<double>(p)};  ///< by machine
  double seconds = 0;

  double by_ring() {
    start();
    for (Index round = 0; round < 2 * (p - 1); ++round) {
      const auto sent = held;
      for (Index i = 0; i < p; ++i) {  // to its neighbour: first sums grow, then they go round
        const Index part = (i + 2 * p - round) % p, to = (i + 1) % p;
        held[to][part] = sent[i][part] + (round < p - 1 ? sent[to][part] : 0);
      }
      seconds += net.message(bytes / double(p));
    }
    return finish();
  }
  double by_halving() {
    start();
    for (Index apart = p / 2; apart > 0; apart /= 2) exchange(apart, true);
    for (Index apart = 1; apart < p; apart *= 2) exchange(apart, false);
    return finish();
  }

 private:
  /// Machines `apart` from each other: of the numbers they share, i answers for those that agree
  /// with it in this bit. It gets them to add up, or gives them away when they are.
  void exchange(Index apart, bool adding) {
    const auto sent = held;
    for (Index i = 0; i < p; ++i) {
      const Index other = i ^ apart;
      for (Index part = 0; part < p; ++part) {
        const Index answers = adding ? i : other;
        if (part / apart != answers / apart) continue;
        held[i][part] = sent[other][part] + (adding ? sent[i][part] : 0);
      }
    }
    seconds += net.message(bytes * double(apart) / double(p));
  }
  void start() {
    for (Index i = 0; i < p; ++i) std::fill(held[i].begin(), held[i].end(), double(i + 1));
    seconds = 0;
  }
  double finish() const {
    for (const auto& numbers : held) {
      for (double sum : numbers) {
        if (sum != double(p * (p + 1)) / 2) fail("all-reduce", "a sum is wrong");
      }
    }
    return seconds;
  }
};

/// Seconds a + b·bytes, by least squares of the relative error.
struct Straight {
  double a, b;
};
inline Straight fit(const std::vector<double>& bytes, const std::vector<double>& seconds) {
  double w = 0, wx = 0, wxx = 0, wy = 0, wxy = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const double weight = 1 / (seconds[i] * seconds[i]);
    w += weight;
    wx += weight * bytes[i];
    wxx += weight * bytes[i] * bytes[i];
    wy += weight * seconds[i];
    wxy += weight * bytes[i] * seconds[i];
  }
  const double slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  return {(wy - slope * wx) / w, slope};
}

}  // namespace evenkeel::lesson
