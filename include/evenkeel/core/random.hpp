#pragma once
// Random numbers by Boost.Random: the same on every platform, in both precisions (a float matrix is
// the rounded double one), and for every number of threads.

#include <boost/random/mersenne_twister.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  double uniform();      ///< in [0, 1)
  double normal();       ///< mean 0, standard deviation 1
  Index below(Index n);  ///< uniform in {0, …, n−1}; n ≥ 1
  std::vector<Index> permutation(Index n);

  /// rows × cols, independent N(0, sd²)
  Matrix normal(Index rows, Index cols, double sd = 1.0);
  /// rows × cols, independent, uniform in [low, high); rounding to float can reach high
  Matrix uniform(Index rows, Index cols, double low, double high);

  /// The whole state as text, 312 numbers: what is drawn after set_state(state()) is the same.
  /// Throws when the text is not such a state, and then keeps the state it has.
  std::string state() const;
  void set_state(const std::string& text);

  boost::random::mt19937_64& engine() { return engine_; }

 private:
  boost::random::mt19937_64 engine_;
};

}  // namespace evenkeel
