#pragma once
// Lesson 06: what the program measures, and the parts that judge and draw it.

#include <cstdint>
#include <string>
#include <vector>

#include "lesson.hpp"

namespace tiny_batches {

namespace ek = evenkeel;

// --- part 1: BatchNorm on random numbers (noise.cpp) ---------------------------------------------

/// What BatchNorm makes of two samples, over 100,000 features of N(0, 1). Their difference 2σ is
/// known up to the rounding of the larger one, so errors are counted in machine_epsilon·|x|/σ.
struct TwoSamples {
  double output_error = 0;  ///< the largest ||ŷ| − 1|, eps = 0
  double gradient = 0;      ///< the largest |dx| / (|dy|/σ), eps = 0
  double close = 0;         ///< share, in percent, of features with |ŷ| < 0.99, eps = 1e-5
  double close_theory = 0;
  double gradient_of_close = 0;  ///< share, in percent, of Σ|dx| that comes from those features
  double largest_gradient = 0;   ///< the largest |dx| / |dy|, eps = 1e-5
};
TwoSamples look_at_two_samples(std::uint64_t seed);

/// How noisy the statistics of B samples are; x ~ N(0, 1), 4·10⁵ values of each statistic.
struct Noise {
  ek::Index batch = 0;
  double difference = 0;  ///< E(ŷ_train − ŷ_eval)², eval with the true mean and variance
  double kurtosis = 0;    ///< E ŷ⁴ of training
  double largest = 0;     ///< the largest |ŷ|
  double difference_theory = 0, kurtosis_theory = 0, largest_theory = 0;
};
Noise measure_noise(ek::Index batch, std::uint64_t seed);

// --- part 2: digits ------------------------------------------------------------------------------

enum class Network {
  mlp,  ///< 64-128-128-10: a feature has B values in a batch
  cnn,  ///< three convolutions of 8, 16, 32 channels: a channel has B·H·W, at the end B·2·2
};

/// One network, trained.
struct Training {
  Network network;
  std::string norm;
  ek::Index batch = 0;
  std::uint64_t seed = 0;
  double test_error = 0;  ///< percent, in evaluation mode
  double own_error = 0;   ///< percent, with each test batch's own statistics; of the CNN
  double moved_first = 0;  ///< ‖W₁ − W₁ at the start‖ / ‖W₁ at the start‖; of the MLP
  double moved_last = 0;  ///< the same of W₃
};

struct Result {
  ek::Index epochs = 10;
  ek::Index seeds = 8;
  std::vector<std::string> norms = {"batch", "group", "layer"};
  std::vector<ek::Index> batches = {32, 16, 8, 4, 2};
  std::vector<ek::Index> cnn_batches = {32, 8, 2, 1};
  TwoSamples two;
  std::vector<Noise> noise;
  std::vector<Training> trainings;  ///< by network, norm, batch, seed

  /// One number of all seeds.
  std::vector<double> of(Network network, const std::string& norm, ek::Index batch,
                         double Training::*which) const;
};

/// ImageNet, ResNet-50, validation error in percent at 2, 4, 8, 16, 32 images a GPU: Wu & He 2018,
/// arXiv:1803.08494, Table 2.
inline const std::vector<double> published_batch_norm = {34.7, 27.3, 24.8, 23.7, 23.6};
inline const std::vector<double> published_group_norm = {24.1, 24.2, 24.0, 24.2, 24.1};
inline const std::vector<double> published_batches = {2, 4, 8, 16, 32};

void print_tables(const Result& result);
void claim_all(ek::lesson::Lesson& lesson, const Result& result);
void write_tables(ek::lesson::Lesson& lesson, const Result& result);
void draw_all(ek::lesson::Lesson& lesson, const Result& result);

}  // namespace tiny_batches
