#pragma once
// Lesson 07: what the program measures, and the parts that judge and draw it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "digits_task.hpp"
#include "lesson.hpp"

namespace train_vs_eval {

namespace ek = evenkeel;

/// Weight of the new batch; nullopt: cumulative average.
using Momentum = std::optional<double>;
std::string name_of(Momentum momentum);  ///< "m = 0.1", "cumulative"

// --- part 1: running statistics of random numbers (statistics.cpp) -------------------------------

/// The running mean of features of N(3, 1), batch after batch.
struct Running {
  Momentum momentum;
  std::vector<double> one = {};   ///< of one feature
  std::vector<double> mean = {};  ///< over all features: the bias of the start
  double noise = 0;  ///< its variance over the features and the last quarter of the updates
  double noise_theory = 0;

  double start_left(double t) const;  ///< the weight that the start still has after t updates
};
inline constexpr double true_mean = 3;
inline constexpr ek::Index running_batch = 32;
Running follow(Momentum momentum, ek::Index updates, std::uint64_t seed);

/// Mean of (ŷ train − ŷ eval)² with running statistics that have seen 1,000 batches of this size.
struct Gap {
  ek::Index batch = 0;
  double measured = 0, theory = 0;
};
Gap measure_gap(ek::Index batch, std::uint64_t seed);

// --- part 2: digits (diagnosis.cpp) --------------------------------------------------------------

/// Test error by epoch in evaluation mode, of one training.
struct Curve {
  Momentum momentum;
  std::uint64_t seed = 0;
  std::vector<double> error = {};
  ek::Matrix weights = {};  ///< W₁ at the end
};

/// Errors in percent of one network on one test set, and what its norms make of the test samples.
/// Momenta are those of the running statistics; batches are of 32 if not told otherwise.
struct Diagnosis {
  std::string name;
  double eval = 0;          ///< evaluation mode
  double batches = 0;       ///< training mode: statistics of each batch of 64 test samples
  double recalibrated = 0;  ///< evaluation mode, statistics taken anew
  double sigma_1 = 0,
         sigma_2 = 0;  ///< rms of ŷ of the first and second norm in evaluation: 1 if healthy
};

/// All of one seed.
struct Patient {
  std::vector<Curve> curves;
  std::vector<Diagnosis> diagnoses;
};
Patient examine(std::uint64_t seed, ek::Index epochs);

struct Result {
  ek::Index epochs = 10;
  ek::Index seeds = 8;
  std::vector<Running> running;
  std::vector<Gap> gaps;
  std::vector<Patient> patients;  ///< by seed

  /// The mean over seeds of one number of the i-th diagnosis.
  double mean(std::size_t i, double Diagnosis::*which) const;
};

void print_tables(const Result& result);
void claim_all(ek::lesson::Lesson& lesson, const Result& result);
void write_tables(ek::lesson::Lesson& lesson, const Result& result);
void draw_all(ek::lesson::Lesson& lesson, const Result& result);

}  // namespace train_vs_eval
