#pragma once
// The handwritten digits as the lessons take them; and for 06 and 07 a network
// 64-128-128-10 with any norm, trained by SGD with momentum 0.9.

#include <cstdint>
#include <vector>

#include "evenkeel/data/samples.hpp"
#include "evenkeel/models/mlp.hpp"
#include "evenkeel/train/trainer.hpp"

namespace evenkeel::lesson {

/// A quarter of the digits, drawn by the seed, is the test set: 449 of 1,797. Both sets are
/// standardized by one mean and one σ, the training set's.
Split split_digits(std::uint64_t seed);

/// 64-128-128-10 with He's weights; the seed draws them.
Mlp digits_mlp(const MakeImageNorm& norm, std::uint64_t seed);

struct Recipe {
  Index batch = 32;
  Index epochs = 10;
  double rate = 0.05;  ///< at batch 32; it goes with the batch: rate·batch/32
};

/// Trains with cosine learning rate; the last batch of an epoch is left out if it is not full.
/// Returns a report of every epoch, with the test set in evaluation mode.
std::vector<EpochReport> train(Layer& model, const Split& sets, const Recipe& recipe,
                               std::uint64_t seed);

double error_percent(const Metrics& metrics);

/// Error in percent in the model's present mode, `batch` samples at a time (0: all at once; a last
/// batch that is not full is left out).
double error_percent(Layer& model, const Samples& samples, Index batch = 0);

}  // namespace evenkeel::lesson
