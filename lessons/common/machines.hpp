#pragma once
// What several machines cost, in closed form: adding up, a training step, shards of unequal size.
//
// An all-reduce: everybody's n bytes are added up, and everybody gets the sum.
//
//   one message of n bytes     α + n/B                                  latency α, bandwidth B
//   ring                       2(p−1)·α + 2(p−1)/p·n/B                  2(p−1) rounds of n/p bytes
//   tree                       2⌈log₂ p⌉·(α + n/B)                      down to one, up to all
//   halving and doubling       2·log₂ p·α + 2(p−1)/p·n/B                n/2, n/4 … and back
//
// for p machines that each send and receive one message at a time; adding up is free.
// Source: Thakur, Rabenseifner & Gropp 2005, "Optimization of Collective Communication Operations
// in MPICH", Int. J. High Performance Computing Applications 19(1).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "evenkeel/core/types.hpp"
#include "measured.hpp"

namespace evenkeel::lesson {

struct Network {
  double latency;    ///< α, seconds
  double bandwidth;  ///< B, bytes a second
  double message(double bytes) const { return latency + bytes / bandwidth; }
  std::string gbit() const { return fmt::format("{:g} Gbit/s", 8e-9 * bandwidth); }
  std::string label() const { return fmt::format("{}, {:g} µs", gbit(), 1e6 * latency); }
};
/// 100 Gbit/s and 2 µs, to set beside a slower one.
inline constexpr Network fast_network{2e-6, 100e9 / 8};

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
inline double cheapest(double p, double bytes, const Network& net) {
  return p == 1 ? 0 : std::min({ring(p, bytes, net), tree(p, bytes, net), halving(p, bytes, net)});
}

/// What a training step asks for: computing, its gradients' sum, and those of SyncBatchNorm.
struct Training {
  const char* name;
  double parameters;  ///< one gradient of 4 bytes each
  double norms;       ///< layers of SyncBatchNorm: two sums each …
  double channels;    ///< … together of about 2 numbers a channel, 4 bytes each
  double flops;       ///< of one sample, forward and backward: 6 for each multiply-add of forward
};
/// He et al. 2015, arXiv:1512.03385, table 1: 3.8·10⁹ multiply-adds for an image.
inline constexpr Training resnet_50{"ResNet-50", 25.6e6, 53, 26'560, 6 * 3.8e9};
/// Lesson 19's ResNet 8-16-32-64 for digits, counted.
inline constexpr Training resnet_digits{"This lesson's network", 77'858, 12, 360, 1'506'048};

/// A training step of a batch that is shared out to p machines, one thing after another; seconds.
struct Step {
  Training net;
  Network wire;
  double speed;  ///< of a machine, flop/s
  double batch = 1024;

  double computing(double p) const { return batch / p * net.flops / speed; }
  double gradients(double p) const { return cheapest(p, 4 * net.parameters, wire); }
  double statistics(double p) const {
    return net.norms * 2 * cheapest(p, 4 * (2 * net.channels / net.norms + 1), wire);
  }
  /// Against one machine.
  double speed_up(double p, bool sync = true) const {
    return computing(1) / (computing(p) + gradients(p) + (sync ? statistics(p) : 0));
  }
  std::vector<double> speed_ups(const std::vector<double>& machines, bool sync = true) const {
    return map(machines, [&](double p) { return speed_up(p, sync); });
  }
};

/// The relative error of SyncBatchNorm's usual mistakes over processes of n samples, for many
/// features. With c = 1/p − n/N an averaged mean is wrong by Σ c·(the process's mean), of variance
/// Σ c²/n. "forward": of y by averaged means, first order; "backward": of dx by averaged means;
/// "after": of dx by gradients weighted after backward. Of dx N − 2 directions are left.
inline double error_of(const std::string& mistake, const arma::vec& n) {
  const double all = arma::accu(n);
  const double averaged = arma::accu(arma::square(1.0 / double(n.n_elem) - n / all) / n);
  if (mistake == "forward")
    return std::sqrt(averaged * all / (all - 1) * (1 + (all - 2) / (all + 1) / 2));
  if (mistake == "backward") return std::sqrt(2 * all / (all - 2) * averaged);
  double after = 0;  // here c = (n_i − n_j)/N for what process j does to i
  for (double mine : n) after += mine / all * arma::accu(arma::square((mine - n) / all) / n);
  const double kurtosis = 3 * (all - 1) / (all + 1);  // of x̂
  const double directions =
      1 - 2 / (all - 1) + (all - kurtosis) / (all - 1);  // 1, x̂ on two processes
  return std::sqrt(directions * all / (all - 2) * after);
}

}  // namespace evenkeel::lesson
